import { Random } from '../faults/random.js';
import { FuzzRequests, type FuzzRequest } from '../support/fuzz/fuzz-requests.js';
import { FuzzWorld } from '../support/fuzz/fuzz-world.js';
import { Judge } from '../support/fuzz/judge.js';
import { oneOf } from '../support/fuzz/nasty-values.js';
import type { WireAnswer } from '../support/fuzz/wire.js';
import { operationsOf, type NamedOperation } from '../support/openapi/served-document.js';

const CASES = Number(process.env.FUZZ_CASES ?? (process.env.TEST_SIZE === 'full' ? 50_000 : 3_500));
/** `FUZZ_SEED=random` for another one each time. */
const SEED = process.env.FUZZ_SEED === 'random' ? String(Date.now()) : (process.env.FUZZ_SEED ?? '1');
/** The number of one case that is to be sent alone. */
const ONLY = process.env.FUZZ_ONLY === undefined ? undefined : Number(process.env.FUZZ_ONLY);
/** For an operation that none of them has reached. */
const MORE_CASES = 300;
const PULSE_EVERY = 250;
const MAX_SHOWN = 40;

const world = await FuzzWorld.start();
const judge = new Judge(world.document);
const requests = new FuzzRequests(world);
/** They would lock those out who ask, or are off without a mail server: tests of their own ask them oddly (`odd-requests.spec`, `null-is-absent.spec`). */
const LOCKING = [
  '/auth/password',
  '/auth/password-reset',
  '/auth/password-reset-requests',
  '/users/me',
  '/users/{userId}',
  '/users/{userId}/erasure',
  '/users/{userId}/password-reset',
  // With a question mark behind the id it is the deletion of the user.
  '/users/{userId}/sign-ins',
];
const operations = operationsOf(world.document).filter(({ path }) => !LOCKING.includes(path));

afterAll(() => world.close());

const balance = () => world.server.read('/accounting/balance', world.user.token);

/** Statuses by operation. */
const answered = new Map<string, Map<number, number>>();

function count(name: string, status: number): void {
  const statuses = answered.get(name) ?? new Map<number, number>();
  answered.set(name, statuses.set(status, (statuses.get(status) ?? 0) + 1));
}

/** Every answer must fit the document, and whatever is refused must cost nothing. */
async function complaintOf(
  { name, method }: NamedOperation,
  request: FuzzRequest,
): Promise<string | undefined> {
  const before = await balance();
  let answer: WireAnswer;
  try {
    answer = await world.send(request);
  } catch (error) {
    return `no answer: ${String(error)}`;
  }
  world.note(answer);
  if (/^\/+(?:auth|users)/.test(request.path)) await world.signInAgain();
  if (request.method === method) count(name, answer.status);
  const complaint = judge.complaint(request, answer);
  if (complaint !== undefined) return `${complaint} <- ${answer.body.slice(0, 300)}`;
  if (answer.status < 400) return undefined;
  const after = await balance();
  return JSON.stringify(after) === JSON.stringify(before)
    ? undefined
    : `${answer.status}, and the balance is another`;
}

/** It lives, and does what it is for. */
async function expectPulse(): Promise<void> {
  await world.server.request.get('/health/ready').expect(200);
  const { available } = await balance();
  await world.server.request
    .post('/predict')
    .auth(world.user.token, { type: 'bearer' })
    .send({ chatflow_id: 'assistant', question: 'help' })
    .expect(200);
  expect(await balance()).toEqual({ available: Number(available) - 1, held: 0 });
}

describe(`${CASES} odd requests to every route (FUZZ_SEED=${SEED})`, () => {
  it('are answered as the document says, and cost nothing when they are refused', async () => {
    const wrong = new Map<string, string>();
    for (let index = ONLY ?? 0; index < (ONLY === undefined ? CASES : ONLY + 1); index += 1) {
      const random = new Random(`${SEED}/${index}`);
      const operation = oneOf(random, operations);
      const request = requests.make(random, operation);
      const complaint = await complaintOf(operation, request);
      if (complaint !== undefined) {
        const kind = complaint.split(' <- ')[0] ?? '';
        if (!wrong.has(kind))
          wrong.set(
            kind,
            `FUZZ_ONLY=${index} ${request.method} ${request.path.slice(0, 200)} (${request.about})\n  ${complaint}`,
          );
      }
      if (index % PULSE_EVERY === 0) await expectPulse();
    }
    const shown = [...wrong.values()].slice(0, MAX_SHOWN);
    expect(shown.join('\n')).toBe('');
  }, 3_600_000);

  it('reach every operation, also with what it takes', async () => {
    const isReached = ({ name }: NamedOperation) =>
      [...(answered.get(name)?.keys() ?? [])].some((status) => status < 300);
    if (ONLY !== undefined) return;
    const unreached: string[] = [];
    for (const operation of operations.filter((one) => !isReached(one))) {
      // Chance has been against it.
      for (let index = 0; index < MORE_CASES && !isReached(operation); index += 1) {
        const random = new Random(`${SEED}/${operation.name}/${index}`);
        expect(await complaintOf(operation, requests.make(random, operation))).toBeUndefined();
      }
      if (!isReached(operation)) unreached.push(operation.name);
    }
    // There is no provider to sign anybody out, and no turn of these chatflows waits for a human.
    const never = ['POST /auth/backchannel-logout', 'POST /turns/{turnId}/input'];
    expect(unreached.sort()).toEqual(never);
  }, 600_000);

  it('leave no hold and no account that does not sum', async () => {
    await expectPulse();
    const { token } = await world.server.admin();
    expect(await world.server.read('/accounting/reconciliation', token)).toMatchObject({
      openHolds: 0,
      drift: 0,
      unbalanced: [],
    });
  });
});
