import { Agent } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import type { Scope } from '../../src/contract/principal.js';
import { newId } from '../../src/platform/ids.js';
import { send, type WireAnswer, type WireRequest } from '../support/fuzz/wire.js';
import { House, type Credentials, type Person } from '../support/isolation/house.js';
import { normalAnswer } from '../support/isolation/normal-answer.js';
import { Owner, SECRETS } from '../support/isolation/owner.js';
import { requestWith } from '../support/isolation/slot-requests.js';
import { slotsOf, type Slot } from '../support/isolation/slots.js';
import { operationsOf, type NamedOperation, type OpenApi } from '../support/openapi/served-document.js';

/** Whoever has no credentials may ask these. */
const PUBLIC = [
  'GET /api/v1/chatflows-streaming/{chatflowId}',
  'GET /api/v1/public-chatbotConfig/{chatflowId}',
  'GET /auth/providers',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'POST /auth/backchannel-logout',
  'POST /auth/login',
  'POST /auth/password-reset',
  'POST /auth/password-reset-requests',
  'POST /auth/refresh',
  'POST /auth/register',
];
const HANGS_AFTER_MS = 3_600_000;
const MAX_SHOWN = 40;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}/i;

/** Who asks, as whom, and what is theirs. */
type Asker = readonly [name: string, credentials: Credentials, own: Readonly<Record<string, string>>];

/** An id of the same form that names nothing. */
function absentLike(id: string): string {
  const fresh = newId();
  if (!UUID.test(id)) return `${id}-${fresh.slice(-8)}`;
  return id.replace(UUID, (uuid) => (uuid.includes('-') ? fresh : fresh.replaceAll('-', '')));
}

describe.each(['own accounts', 'external issuer'] as const)('with %s, what is not yours', (kind) => {
  const agent = new Agent({ keepAlive: true });
  let house: House;
  let owner: Owner;
  let document: OpenApi;
  let operations: readonly NamedOperation[];
  let refused: Readonly<Record<string, Credentials>>;
  let before: readonly string[];

  beforeAll(async () => {
    house = await House.open(kind);
    document = (await house.server.request.get('/docs-json').expect(200)).body as OpenApi;
    operations = operationsOf(document);
    owner = await Owner.settle(house);
    refused = await house.refusedOf(owner.person);
    await owner.atRest();
    before = await owner.documents();
  });
  afterAll(async () => {
    agent.destroy();
    await house.close();
    await owner.close();
  });

  const ask = (request: WireRequest, credentials: Credentials): Promise<WireAnswer> =>
    send(house.server.url, { ...request, headers: { ...request.headers, ...credentials } }, agent);

  /** Somebody new, with ids of their own, by each way to be let in. */
  async function strangers(isAdmins: boolean): Promise<Asker[]> {
    // One person each: a key of a request that somebody has sent is theirs.
    const keyOf = async (owner: Promise<Person>, scope?: Scope) => {
      const person = await owner;
      const name = scope === undefined ? 'a key of another user' : `a key with the scope ${scope}`;
      return [name, (await house.newKey(person, scope && [scope])).headers, person] as const;
    };
    const one = async (name: string, owner: Promise<Person>) => {
      const person = await owner;
      return [name, person.token, person] as const;
    };
    const all = await Promise.all([
      one('another user', house.newPerson()),
      keyOf(house.newPerson()),
      keyOf(house.newPerson(), 'chat'),
      keyOf(house.newPerson(), 'read'),
      // Whoever may look at everything is not refused.
      ...(isAdmins ? [] : [one('an admin', house.newAdmin())]),
      ...(isAdmins || !house.hasAdminKeys ? [] : [keyOf(house.newAdmin(), 'admin')]),
    ]);
    return Promise.all(
      all.map(async ([name, credentials, { userId, token }]) => {
        const { body } = await house.server.request
          .post('/predict')
          .set(token)
          .send({ chatflow_id: 'assistant', question: 'help' })
          .expect(200);
        const own: Readonly<Record<string, string>> = {
          user: userId,
          session: String(body.sessionId),
          turn: String(body.turnId),
          chatflow: 'assistant',
        };
        return [name, credentials, own] as const;
      }),
    );
  }

  function leaksIn({ headers, body }: WireAnswer, sent: string): string[] {
    const text = `${JSON.stringify(headers)} ${body}`;
    return [...SECRETS, ...owner.privateIds].filter((one) => one !== sent && text.includes(one));
  }

  const differences: string[] = [];
  function check(about: string, seen: unknown, expected: unknown): void {
    if (isDeepStrictEqual(seen, expected)) return;
    const [is, shouldBe] = [seen, expected].map((one) => JSON.stringify(one));
    const at = [...(is ?? '')].findIndex((character, index) => character !== shouldBe?.[index]);
    const part = (text = ''): string => text.slice(Math.max(0, at - 100), at + 200);
    differences.push(`${about}: …${part(is)}… instead of …${part(shouldBe)}…`);
  }

  async function compare(
    operation: NamedOperation,
    slots: readonly Slot[],
    slot: Slot,
    id: string,
    outsiders: typeof refused,
  ): Promise<void> {
    const isAdmins = operation.operation.summary?.includes('(admin)') ?? false;
    const isChatflow = slot.kind === 'chatflow';
    const all: Asker[] = [
      ...(await strangers(isAdmins || isChatflow || operation.path.startsWith('/chatflows'))),
      ...Object.entries(outsiders).map(([name, credentials]) => [name, credentials, {}] as const),
    ];
    for (const [name, credentials, own] of all) {
      const absent = absentLike(id);
      const [theirs, nobodys] = [
        await ask(requestWith(operation, slots, slot, id, own), credentials),
        await ask(requestWith(operation, slots, slot, absent, own), credentials),
      ];
      const about = `${operation.name} ${slot.name} as ${name}`;
      check(`${about} leaks`, leaksIn(theirs, id), []);
      const ids = [id, absent, ...Object.values(own)];
      const seen = normalAnswer(theirs, ids);
      if (slot.kind === 'cursor') continue;
      // Else nobody would have looked at the id.
      if (theirs.status === 400) check(about, theirs.body, 'a request that is right but for its id');
      if (isChatflow && theirs.status === 403) {
        // By contract: it is there, and closed. What it is nobody learns.
        const other = await ask(requestWith(operation, slots, slot, 'hidden-too', own), credentials);
        check(about, seen, normalAnswer(other, [...ids, 'hidden-too']));
        continue;
      }
      check(about, seen, normalAnswer(nobodys, ids));
      if (name in refused && !PUBLIC.includes(operation.name)) check(`${about} status`, theirs.status, 401);
    }
  }

  it('is asked of every operation by what its ids name', () => {
    const asked = operations.flatMap((one) => slotsOf(one, document).map(({ kind: named }) => named));
    expect(new Set(asked)).toEqual(new Set(Object.keys(owner.ids)));
    expect(
      operations
        .filter(({ operation }) => operation.security.length === 0)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(PUBLIC);
  });

  it(
    'looks as if it were not there',
    async () => {
      for (const operation of operations) {
        const slots = slotsOf(operation, document);
        for (const slot of slots)
          for (const [index, id] of owner.ids[slot.kind].entries())
            // Whoever is not let in is not, whatever they ask for.
            await compare(operation, slots, slot, id, index === 0 ? refused : {});
        check(`${operation.name} changes`, await owner.documents(), before);
      }
      expect(differences.slice(0, MAX_SHOWN).join('\n')).toBe('');
    },
    HANGS_AFTER_MS,
  );

  it('is in no list', async () => {
    const lists = operations.filter(({ method, path }) => method === 'GET' && !path.includes('{'));
    for (const [name, credentials] of await strangers(false))
      for (const { path } of lists) {
        const answer = await ask({ method: 'GET', path, headers: {} }, credentials);
        // Admins see every chatflow, whose name is one of the secrets, and the ids of whatever was done, to whom.
        const isForAdmins = path.startsWith('/chatflows') || path.startsWith('/audit');
        const found = leaksIn(answer, '').filter(() => !(name.includes('admin') && isForAdmins));
        expect([name, path, found]).toEqual([name, path, []]);
      }
  });

  it('is nothing that an assistant tells of', async () => {
    const who = await strangers(false);
    for (const [name, credentials] of who.filter(([name]) => !/scope (?:read|admin)/.test(name))) {
      const ask = (question: string) =>
        house.server.request.post('/predict').set(credentials).send({ chatflow_id: 'assistant', question });
      await ask('Add a task to buy milk').expect(200);
      const { text } = await ask('list my tasks').expect(200);
      expect([name, text]).toEqual([name, expect.stringContaining('milk')]);
      expect([name, text]).not.toEqual([name, expect.stringContaining('quollbutter')]);
    }
  });

  it('is still the owner’s, and goes on', async () => {
    const events = await owner.goOn();
    expect(events.at(-2)).toMatchObject({ event: 'metadata', data: { charged: 2 } });
  });
});
