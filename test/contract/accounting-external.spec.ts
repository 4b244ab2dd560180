import fc from 'fast-check';
import { openExternalAccounting, type ExternalAccounting } from '../support/accounting/accounting-parts.js';
import { newId } from '../../src/platform/ids.js';
import { AccountingService, type Fault } from '../support/accounting-service.js';
import { openLedgerDatabase, SetClock, type LedgerDatabase } from './accounting-support/ledger-database.js';
import { holderOf, TestTurn } from './accounting-support/ledger-harness.js';

/** Never reached by a service that answers, even on a busy machine. */
const LONG_MS = 10_000;
/** Where the service stalls. */
const SHORT_MS = 150;
const chatflow = { id: 'assistant', price: { credits: 2 } };

describe('the ledger of an external service', () => {
  let database: LedgerDatabase;
  let service: AccountingService;
  let clock: SetClock;
  let external: ExternalAccounting;
  let userId: string;
  /** Under which name the service knows a user; its own id where there is none. */
  let nameOf: (userId: string) => Promise<string | undefined>;

  const open = (timeoutMs: number): Promise<ExternalAccounting> =>
    openExternalAccounting({
      url: service.url,
      timeoutMs,
      charges: database.charges,
      nameOf,
      clock,
      pause: () => Promise.resolve(),
    });
  const hurry = async (): Promise<void> => {
    await external.http.close();
    external = await open(SHORT_MS);
  };
  const recoverLater = async (): Promise<void> => {
    await external.delivery.drain();
    clock.time += 31_000;
    await external.delivery.recover();
  };
  const writes = (pathEnd: string) =>
    service.requests.filter(({ method, path }) => method === 'POST' && path.endsWith(pathEnd));

  beforeAll(async () => {
    database = await openLedgerDatabase();
  });
  beforeEach(async () => {
    await database.connection.collection('external_charges').deleteMany({});
    clock = new SetClock();
    service = await AccountingService.start();
    userId = newId();
    nameOf = () => Promise.resolve(undefined);
    service.credits.set(userId, 10);
    external = await open(LONG_MS);
  });
  afterEach(async () => {
    await external.delivery.drain();
    await external.http.close();
    await service.close();
  });
  afterAll(async () => {
    await database.close();
  });

  it('sends every write with the user’s token and a key made of the turn', async () => {
    const [paid, failed] = [new TestTurn(userId, 3), new TestTurn(userId, 4)];
    await external.ledger.hold(paid.charge);
    await external.ledger.capture(paid.end('completed'));
    await external.ledger.hold(failed.charge);
    await external.ledger.release(failed.end('failed'));
    const posts = service.requests.filter(({ method }) => method === 'POST');
    expect(posts.map(({ key }) => key)).toEqual([
      `${paid.turnId}:hold`,
      `${paid.turnId}:capture`,
      `${failed.turnId}:hold`,
      `${failed.turnId}:refund`,
      `${failed.turnId}:release`,
    ]);
    expect(new Set(service.requests.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer user-token']),
    );
    expect(service.transactions).toEqual([
      expect.objectContaining({ turnId: paid.turnId, amount: 3, success: true, outcome: 'completed' }),
      expect.objectContaining({ turnId: failed.turnId, amount: 4, success: false, outcome: 'failed' }),
    ]);
  });

  it('keeps no token', async () => {
    await external.ledger.hold(new TestTurn(userId).charge);
    const stored = await database.connection.collection('external_charges').find({ userId }).toArray();
    expect(stored).toHaveLength(1);
    expect(JSON.stringify(stored)).not.toContain('user-token');
  });

  describe('a user of an external issuer', () => {
    const SUBJECT = 'ext/ada lovelace';

    beforeEach(async () => {
      await external.http.close();
      service.credits.clear();
      service.credits.set(SUBJECT, 10);
      nameOf = (id) => Promise.resolve(id === userId ? SUBJECT : id);
      external = await open(LONG_MS);
    });

    it('is known to the service by the subject, in every call', async () => {
      const [paid, failed] = [new TestTurn(userId, 3), new TestTurn(userId, 4)];
      await external.ledger.hold(paid.charge);
      await external.ledger.hold(failed.charge);
      await external.ledger.capture(paid.end('completed'));
      await external.ledger.release(failed.end('failed'));
      expect(await external.ledger.balance(holderOf(userId))).toEqual({ available: 7, held: 0 });
      expect(service.transactions.map((logged) => logged.userId)).toEqual([SUBJECT, SUBJECT]);
      expect(JSON.stringify(service.requests)).not.toContain(userId);
    });

    it('still is after a restart, which has only the stored charge', async () => {
      const [paid, failed] = [new TestTurn(userId, 3), new TestTurn(userId, 4)];
      await external.ledger.hold(paid.charge);
      await external.ledger.hold(failed.charge);
      service.faultFor = () => 503;
      await external.ledger.capture(paid.end('completed'));
      await external.ledger.release(failed.end('failed'));
      await external.delivery.drain();
      await external.http.close();
      service.faultFor = () => 'ok';
      external = await open(LONG_MS);
      await recoverLater();
      expect(service.credits.get(SUBJECT)).toBe(7);
      expect(service.transactions.map((logged) => logged.userId)).toEqual([SUBJECT, SUBJECT]);
    });

    it('costs nothing and is asked about again when nobody can say the subject', async () => {
      const turn = new TestTurn(userId, 3);
      await external.ledger.hold(turn.charge);
      const known = nameOf;
      nameOf = () => Promise.reject(new Error('the database is away'));
      await external.http.close();
      external = await open(LONG_MS);
      await expect(external.ledger.hold(new TestTurn(userId).charge)).rejects.toMatchObject({
        code: 'accounting_unavailable',
      });
      await expect(external.ledger.balance(holderOf(userId))).rejects.toMatchObject({
        code: 'accounting_unavailable',
      });
      expect(await external.ledger.capture(turn.end('completed'))).toBe(3);
      nameOf = known;
      await external.http.close();
      external = await open(LONG_MS);
      await recoverLater();
      expect(service.credits.get(SUBJECT)).toBe(7);
      expect(service.transactions).toEqual([expect.objectContaining({ turnId: turn.turnId, success: true })]);
    });
  });

  describe('prices', () => {
    it('come from the service, and are asked for once in a while', async () => {
      service.costs.set('assistant', 7);
      expect(await external.ledger.priceOf(chatflow)).toBe(7);
      service.costs.set('assistant', 8);
      expect(await external.ledger.priceOf(chatflow)).toBe(7);
      clock.time += 30_001;
      expect(await external.ledger.priceOf(chatflow)).toBe(8);
    });

    it('are the registry’s for a chatflow that the service does not know', async () => {
      expect(await external.ledger.priceOf(chatflow)).toBe(2);
    });

    it.each([0, -1, 1.5, Number.NaN, 1e10])('of %d are not believed', async (cost) => {
      service.costs.set('assistant', cost);
      await expect(external.ledger.priceOf(chatflow)).rejects.toMatchObject({
        code: 'accounting_unavailable',
      });
    });

    it.each(['..', '.', ''])('are never asked for at the address of chatflow %j', async (id) => {
      expect(await external.ledger.priceOf({ ...chatflow, id })).toBe(2);
      expect(service.requests).toEqual([]);
    });

    it('are asked for at the encoded address of any other', async () => {
      await external.ledger.priceOf({ ...chatflow, id: '../a b?x=1#y' });
      expect(service.requests[0]?.path).toBe('/api/v1/chatflows/..%2Fa%20b%3Fx%3D1%23y/cost');
    });
  });

  describe('a refused hold', () => {
    it.each([
      ['402', 402],
      ['404', 404],
    ] as const)('is too few credits when the service says %s', async (_, status) => {
      service.misbehave('/deductions', status);
      await expect(external.ledger.hold(new TestTurn(userId, 3).charge)).rejects.toMatchObject({
        code: 'insufficient_credits',
      });
    });

    it('is too few credits for a user that the service does not know', async () => {
      service.credits.delete(userId);
      await expect(external.ledger.hold(new TestTurn(userId, 3).charge)).rejects.toMatchObject({
        code: 'insufficient_credits',
        details: { required: 3, available: 0 },
      });
    });

    it.each([400, 403, 410, 422])('is an outage when the service says %d', async (status) => {
      service.faultFor = ({ path }) => (path.endsWith('/deductions') ? status : 'ok');
      const turn = new TestTurn(userId, 3);
      await expect(external.ledger.hold(turn.charge)).rejects.toMatchObject({
        code: 'accounting_unavailable',
      });
      service.faultFor = () => 'ok';
      await external.ledger.hold(turn.charge);
      expect(service.credits.get(userId)).toBe(7);
    });

    it('is an outage when nobody’s credentials are taken', async () => {
      service.refusedCredentials.add('user-token').add('key');
      await expect(external.ledger.hold(new TestTurn(userId).charge)).rejects.toMatchObject({
        code: 'accounting_unavailable',
      });
    });
  });

  it.each(['drop', 'apply-and-drop', 'apply-and-fail', 'apply-twice', 'stall', 429, 503] as const)(
    'deducts, refunds and logs once through %s',
    async (fault) => {
      if (fault === 'stall') await hurry();
      service.misbehave('/deductions', fault);
      service.misbehave('/refunds', fault);
      service.misbehave('/transactions', fault, 'ok', fault);
      const [paid, failed] = [new TestTurn(userId, 3), new TestTurn(userId, 4)];
      await external.ledger.hold(paid.charge);
      await external.ledger.hold(failed.charge);
      expect(service.credits.get(userId)).toBe(3);
      await external.ledger.release(failed.end('failed'));
      await external.ledger.capture(paid.end('completed'));
      await recoverLater();
      expect(service.credits.get(userId)).toBe(7);
      expect(service.transactions.map(({ turnId, success }) => [turnId, success])).toEqual(
        expect.arrayContaining([
          [failed.turnId, false],
          [paid.turnId, true],
        ]),
      );
      expect(service.transactions).toHaveLength(2);
    },
  );

  describe('a hold without a known result', () => {
    const lose: Fault[] = ['apply-and-drop', 'apply-and-drop', 'apply-and-drop'];

    it('is refunded by its key when the turn is released', async () => {
      service.misbehave('/deductions', ...lose);
      const turn = new TestTurn(userId, 3);
      await expect(external.ledger.hold(turn.charge)).rejects.toMatchObject({
        code: 'accounting_unavailable',
      });
      expect(service.credits.get(userId)).toBe(7);
      expect(await external.ledger.release(turn.end('failed'))).toBe(0);
      expect(service.credits.get(userId)).toBe(10);
      expect(writes('/refunds')[0]?.body).toMatchObject({ deductionKey: `${turn.turnId}:hold`, amount: 3 });
    });

    it('is refunded by itself when nobody comes back to it, and can’t be had after that', async () => {
      service.misbehave('/deductions', ...lose);
      const turn = new TestTurn(userId, 3);
      await expect(external.ledger.hold(turn.charge)).rejects.toMatchObject({
        code: 'accounting_unavailable',
      });
      await external.delivery.recover();
      expect(service.credits.get(userId)).toBe(7);
      await recoverLater();
      expect(service.credits.get(userId)).toBe(10);
      await expect(external.ledger.hold(turn.charge)).rejects.toMatchObject({
        code: 'accounting_unavailable',
      });
      expect(service.credits.get(userId)).toBe(10);
    });

    it('is had by repeating it, without a second deduction', async () => {
      service.credits.set(userId, 3);
      service.misbehave('/deductions', ...lose);
      const turn = new TestTurn(userId, 3);
      await expect(external.ledger.hold(turn.charge)).rejects.toMatchObject({
        code: 'accounting_unavailable',
      });
      await external.ledger.hold(turn.charge);
      expect(service.credits.get(userId)).toBe(0);
      await recoverLater();
      expect(await external.ledger.balance(holderOf(userId))).toEqual({ available: 0, held: 3 });
    });

    it('is refused for good once refunded, even if its deduction comes late', async () => {
      await hurry();
      service.misbehave('/deductions', 'stall', 'stall', 'stall');
      const turn = new TestTurn(userId, 3);
      await expect(external.ledger.hold(turn.charge)).rejects.toMatchObject({
        code: 'accounting_unavailable',
      });
      await external.ledger.release(turn.end('failed'));
      await external.ledger.hold(turn.charge);
      expect(service.credits.get(userId)).toBe(10);
    });
  });

  describe('while the service is down', () => {
    it('nothing is held, in bounded time', async () => {
      await service.close();
      await expect(external.ledger.hold(new TestTurn(userId).charge)).rejects.toMatchObject({
        code: 'accounting_unavailable',
        retryAfterSeconds: 5,
      });
      service = await AccountingService.start();
    });

    it('a settlement is decided here and delivered, without a token, when the service is back', async () => {
      await hurry();
      const [paid, failed] = [new TestTurn(userId, 3), new TestTurn(userId, 4)];
      await external.ledger.hold(paid.charge);
      await external.ledger.hold(failed.charge);
      service.faultFor = () => 'stall';
      expect(await external.ledger.capture(paid.end('completed'))).toBe(3);
      expect(await external.ledger.release(failed.end('failed'))).toBe(0);
      expect(await external.ledger.release(paid.end('failed'))).toBe(3);
      await external.delivery.drain();
      service.faultFor = () => 'ok';
      service.requests.length = 0;
      await recoverLater();
      expect(service.credits.get(userId)).toBe(7);
      expect(service.transactions).toHaveLength(2);
      expect(new Set(service.requests.map(({ authorization }) => authorization))).toEqual(
        new Set(['Bearer key']),
      );
      service.requests.length = 0;
      await recoverLater();
      expect(service.requests).toEqual([]);
    });
  });

  it('sums whatever the service does, once it is itself again', async () => {
    const fault = fc.constantFrom<Fault>(
      'ok',
      'ok',
      500,
      429,
      'drop',
      'apply-and-drop',
      'apply-and-fail',
      'apply-twice',
    );
    const turnPlan = fc.record({
      amount: fc.integer({ min: 1, max: 4 }),
      end: fc.constantFrom('capture', 'release', 'leave'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fault),
        fc.array(turnPlan, { minLength: 1, maxLength: 6 }),
        async (faults, plans) => {
          userId = newId();
          service.credits.set(userId, 8);
          service.faultFor = () => faults.next().value ?? 'ok';
          const charges = await Promise.all(
            plans.map(async ({ amount, end }) => {
              const turn = new TestTurn(userId, amount);
              const held = await external.ledger.hold(turn.charge).then(
                () => true,
                () => false,
              );
              if (!held || end === 'leave') return held ? amount : 0;
              return external.ledger[end](turn.end('completed'));
            }),
          );
          service.faultFor = () => 'ok';
          for (let round = 0; round < 3; round += 1) await recoverLater();
          const charged = charges.reduce((sum, credits) => sum + credits, 0);
          expect(service.credits.get(userId)).toBe(8 - charged);
        },
      ),
      { numRuns: 40 },
    );
  });
});
