import { loadConfig } from '../../../config/load-config.js';
import { Clock } from '../../../platform/clock.port.js';
import { createLog } from '../../../platform/logging/create-log.js';
import type { TurnMetrics } from '../../../platform/metrics/turn-metrics.service.js';
import { InstanceId } from '../../../cluster/instance-id.js';
import type { LiveTurns } from '../run/live-turns.js';
import { LateOpenings } from './late-openings.service.js';
import { RecoveryService } from './recovery.service.js';
import type { SettlementService } from '../settle/settlement.service.js';
import { AbandonedTurns } from '../settle/abandoned-turns.service.js';
import type { UnbegunTurn, UnbegunTurns } from '../settle/unbegun-turns.service.js';
import type { StoredAnswer } from '../../records/stored-answer.js';
import type { TurnKey, TurnStore } from '../../records/turn.store.port.js';
import type { Settlement, TurnRecord } from '../../records/turn.js';
import { NoTracing } from '../../../platform/tracing/no-tracing.js';

const ME = 'instance-now';

function runningTurn(id: string, owner: string): TurnRecord {
  return {
    id,
    tenantId: 'default',
    accountId: 'account',
    userId: 'user',
    sessionId: `session-${id}`,
    chatflowId: 'assistant',
    provider: 'assistant',
    question: 'Hi',
    price: 1,
    chatflowVersion: 1,
    chargeOnStop: true,
    onDisconnect: 'continue',
    requestHash: 'hash',
    userMessageId: `${id}-question`,
    messageId: `${id}-answer`,
    startedAt: new Date(0),
    status: 'running',
    lease: { owner, fence: 1, expiresAt: new Date(0) },
  };
}

/** The part of the store that recovery uses, over turns in memory. */
class Turns {
  readonly records = new Map<string, TurnRecord>();
  losesAnswers = false;
  readonly precluded = new Set<string>();
  async preclude({ id }: TurnKey): Promise<boolean> {
    if (this.records.has(id)) return false;
    this.precluded.add(id);
    return true;
  }
  async findOccupant(_userId: string, sessionId: string): Promise<TurnRecord | undefined> {
    return [...this.records.values()].find(
      (turn) => turn.sessionId === sessionId && turn.status === 'running',
    );
  }
  async takeOver(owner: string, expiredBefore: Date, expiresAt: Date): Promise<TurnRecord | undefined> {
    for (const turn of this.records.values()) {
      const { lease } = turn;
      if (turn.status !== 'running' || lease === undefined || lease.owner === owner) continue;
      if (lease.expiresAt >= expiredBefore) continue;
      const taken = { ...turn, lease: { owner, fence: lease.fence + 1, expiresAt } };
      this.records.set(turn.id, taken);
      if (this.losesAnswers) throw new Error('The connection was lost');
      return taken;
    }
    return undefined;
  }
  async findTakenOver(owner: string): Promise<readonly TurnRecord[]> {
    return [...this.records.values()].filter(
      ({ status, lease }) => status === 'running' && lease?.owner === owner && lease.fence > 1,
    );
  }
  readonly said = new Set<string>();
  async checkpoints({ id }: TurnKey): Promise<readonly StoredAnswer[]> {
    return this.said.has(id) ? [{ text: 'Said', events: [] }] : [];
  }
  readonly deletedAt = new Map<string, Date>();
  async lastDeletion({ sessionId }: Pick<TurnRecord, 'sessionId'>): Promise<Date | undefined> {
    return this.deletedAt.get(sessionId);
  }
  readonly dropped: string[] = [];
  async dropCheckpoints({ id }: TurnKey): Promise<void> {
    this.dropped.push(id);
  }
}

/** Settles turns, unless it is told to fail. */
class Settlements {
  readonly settled: string[] = [];
  failing = new Set<string>();
  atOnce = 0;
  mostAtOnce = 0;
  readonly completed: string[] = [];
  constructor(private readonly turns: Turns) {}
  async complete(turn: TurnRecord, { outcome }: Settlement): Promise<number> {
    this.completed.push(turn.id);
    this.turns.records.set(turn.id, { ...turn, status: outcome });
    return 0;
  }
  async settleInSteps(turn: TurnRecord, decision: Settlement): Promise<number> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    await new Promise(setImmediate);
    this.atOnce--;
    if (this.failing.has(turn.id)) throw new Error('The ledger cannot be reached');
    this.settled.push(turn.id);
    this.turns.records.set(turn.id, { ...turn, status: decision.outcome });
    return 0;
  }
}

class StoppedClock extends Clock {
  now(): number {
    return 1_000_000;
  }
}

const SHARED = { MONGODB_URI: 'mongodb://shared' };

function setUp(settings: Record<string, string> = SHARED) {
  const turns = new Turns();
  const settlements = new Settlements(turns);
  const deleted: string[] = [];
  const forgotten: [string, Date][] = [];
  const unfinished: TurnRecord[] = [];
  const deletion = {
    takeUnfinished: () => unfinished.splice(0),
    carryOut: async ({ id }: TurnRecord) => void deleted.push(id),
    forgetMemories: async ({ id }: TurnRecord, deletedAt: Date) => void forgotten.push([id, deletedAt]),
  };
  const abandoned = new AbandonedTurns();
  const undone: string[] = [];
  const unbegun = {
    failing: false,
    charges: [] as unknown[],
    async undo({ turn, charge }: UnbegunTurn): Promise<boolean> {
      if (this.failing) throw new Error('The ledger cannot be reached');
      if (turns.records.get(turn.id)?.isTold === true) return false;
      undone.push(turn.id);
      this.charges.push(charge);
      return turns.records.delete(turn.id);
    },
  };
  const clock = new StoppedClock();
  const store = turns as unknown as TurnStore;
  const nowhere = { find: () => undefined } as unknown as LiveTurns;
  const config = loadConfig({ NODE_ENV: 'test', ...settings });
  const recovery = new RecoveryService(
    config,
    clock,
    new InstanceId(ME),
    store,
    settlements as unknown as SettlementService,
    abandoned,
    unbegun as unknown as UnbegunTurns,
    deletion,
    new LateOpenings(config, nowhere, store),
    { turnRecovered: () => undefined } as unknown as TurnMetrics,
    createLog({ level: 'silent' }),
    new NoTracing(),
  );
  return {
    turns,
    settlements,
    recovery,

    abandoned,
    deleted,
    unfinished,
    undone,
    unbegun,
    forgotten,
  };
}

describe('RecoveryService', () => {
  it('settles every expired turn of others, several at once, and none of a living owner', async () => {
    const { turns, settlements, recovery } = setUp();
    const ids = Array.from({ length: 50 }, (_, index) => `turn-${index}`);
    for (const id of ids) turns.records.set(id, runningTurn(id, 'instance-before'));
    const alive = runningTurn('alive', 'instance-alive');
    turns.records.set('alive', {
      ...alive,
      lease: { owner: 'instance-alive', fence: 1, expiresAt: new Date(2_000_000) },
    });
    await recovery.pass();
    expect([...settlements.settled].sort()).toEqual([...ids].sort());
    expect(settlements.mostAtOnce).toBeGreaterThan(1);
  });

  it('leaves a turn that cannot be settled to the next pass, and settles the others meanwhile', async () => {
    const { turns, settlements, recovery } = setUp();
    turns.records.set('stubborn', runningTurn('stubborn', 'instance-before'));
    turns.records.set('other', runningTurn('other', 'instance-before'));
    settlements.failing.add('stubborn');
    await recovery.pass();
    await recovery.pass();
    expect(settlements.settled).toEqual(['other']);
    settlements.failing.clear();
    await recovery.pass();
    expect(settlements.settled).toEqual(['other', 'stubborn']);
  });

  it("settles this instance's own turn only when it was told that it no longer runs", async () => {
    const { turns, settlements, recovery, abandoned } = setUp();
    turns.records.set('own', runningTurn('own', ME));
    await recovery.pass();
    expect(settlements.settled).toEqual([]);
    abandoned.add(runningTurn('own', ME));
    await recovery.pass();
    expect(settlements.settled).toEqual(['own']);
  });

  it('drops what is saved of a turn that another has taken, once that has ended it', async () => {
    const { turns, settlements, recovery, abandoned } = setUp();
    const taken = { owner: 'instance-alive', fence: 2, expiresAt: new Date(2_000_000) };
    turns.records.set('taken', { ...runningTurn('taken', ME), lease: taken });
    abandoned.add(runningTurn('taken', ME));
    await recovery.pass();
    expect(turns.dropped).toEqual([]);
    turns.records.set('taken', { ...runningTurn('taken', ME), status: 'interrupted' });
    await recovery.pass();
    await recovery.pass();
    expect(turns.dropped).toEqual(['taken']);
    expect(settlements.settled).toEqual([]);
  });

  it('finds a turn again that it took over without hearing of it, and no turn that it runs', async () => {
    const { turns, settlements, recovery } = setUp();
    turns.records.set('lost', runningTurn('lost', 'instance-before'));
    turns.records.set('own', runningTurn('own', ME));
    turns.losesAnswers = true;
    await recovery.pass();
    expect(settlements.settled).toEqual([]);
    turns.losesAnswers = false;
    await recovery.pass();
    expect(settlements.settled).toEqual(['lost']);
  });

  it('looks once for what the process before has left in a database of its own', async () => {
    const { turns, settlements, recovery, abandoned } = setUp({});
    turns.losesAnswers = true;
    turns.records.set('lost', runningTurn('lost', 'instance-before'));
    await recovery.pass();
    turns.losesAnswers = false;
    const left = runningTurn('left', 'instance-before');
    // A lease that is not over yet: its owner is gone all the same.
    turns.records.set('left', {
      ...left,
      lease: { owner: 'instance-before', fence: 1, expiresAt: new Date(1_010_000) },
    });
    await recovery.pass();
    expect([...settlements.settled].sort()).toEqual(['left', 'lost']);
    turns.records.set('later', runningTurn('later', 'nobody'));
    await recovery.pass();
    expect(settlements.settled).toHaveLength(2);
    abandoned.add(runningTurn('later', ME));
    turns.records.set('later', runningTurn('later', ME));
    await recovery.pass();
    expect(settlements.settled).toContain('later');
  });

  it('keeps an opening whose answer was lost from being made behind its look', async () => {
    const { turns, settlements, recovery, abandoned } = setUp({});
    abandoned.add(runningTurn('on-its-way', ME));
    await recovery.pass();
    expect([...turns.precluded]).toEqual(['on-its-way']);
    expect(settlements.settled).toEqual([]);
  });

  const unbegunOf = (turn: TurnRecord) =>
    ({ turn, charge: {}, conversation: undefined }) as unknown as UnbegunTurn;

  it.each([
    ['its own', ME],
    ['another one that cannot know better', 'instance-alive'],
  ])('undoes a turn that never began, whose lease is by now that of %s', async (_name, owner) => {
    const { turns, settlements, recovery, abandoned, undone } = setUp();
    const turn = runningTurn('unbegun', owner);
    turns.records.set('unbegun', {
      ...turn,
      lease: { owner, fence: 2, expiresAt: new Date(2_000_000) },
    });
    abandoned.addUnbegun(unbegunOf(turn));
    await recovery.pass();
    expect([undone, settlements.settled]).toEqual([['unbegun'], []]);
    expect(abandoned.list()).toEqual([]);
  });

  it('tries again to undo it, and undoes others meanwhile', async () => {
    const { turns, recovery, abandoned, undone, unbegun } = setUp();
    turns.records.set('unbegun', runningTurn('unbegun', ME));
    turns.records.set('own', runningTurn('own', ME));
    abandoned.addUnbegun(unbegunOf(runningTurn('unbegun', ME)));
    abandoned.add(runningTurn('own', ME));
    unbegun.failing = true;
    await recovery.pass();
    expect([undone, abandoned.list().map(({ turn }) => turn.id)]).toEqual([[], ['unbegun']]);
    unbegun.failing = false;
    await recovery.pass();
    expect([undone, abandoned.list()]).toEqual([['unbegun'], []]);
  });

  it('brings a turn to its end that never began and that somebody was told of', async () => {
    const { turns, settlements, recovery, abandoned, undone } = setUp();
    const turn = runningTurn('unbegun', ME);
    turns.records.set('unbegun', { ...turn, isTold: true });
    abandoned.addUnbegun(unbegunOf(turn));
    await recovery.pass();
    expect([undone, settlements.settled, abandoned.list()]).toEqual([[], ['unbegun'], []]);
  });

  it('leaves a turn that another has decided meanwhile to that one', async () => {
    const { turns, recovery, abandoned, undone } = setUp();
    const turn = runningTurn('unbegun', 'instance-alive');
    turns.records.set('unbegun', { ...turn, settlement: {} as Settlement });
    abandoned.addUnbegun(unbegunOf(turn));
    await recovery.pass();
    turns.records.set('unbegun', { ...turn, status: 'interrupted' });
    await recovery.pass();
    expect([undone, abandoned.list()]).toEqual([[], []]);
  });

  it('undoes a turn of a lost instance that came behind the deletion of its session', async () => {
    const { turns, settlements, recovery, undone, forgotten, unbegun } = setUp();
    const apiKey = { id: 'key', isCapped: true };
    for (const id of ['late', 'in-time', 'said', 'told', 'watched', 'decided'])
      turns.records.set(id, { ...runningTurn(id, 'instance-lost'), apiKey });
    for (const id of ['late', 'said', 'told', 'watched', 'decided'])
      turns.deletedAt.set(`session-${id}`, new Date(1));
    turns.deletedAt.set('session-in-time', new Date(0));
    turns.said.add('said');
    turns.records.set('told', { ...runningTurn('told', 'instance-lost'), isTold: true });
    turns.records.set('watched', { ...runningTurn('watched', 'instance-lost'), watchedUntil: new Date(9) });
    turns.records.set('decided', {
      ...runningTurn('decided', 'instance-lost'),
      settlement: { outcome: 'completed' } as Settlement,
    });
    await recovery.pass();
    expect([undone, forgotten]).toEqual([['late'], [['late', new Date(1)]]]);
    expect(unbegun.charges).toMatchObject([{ turnId: 'late', amount: 1, key: apiKey }]);
    expect([...settlements.settled, ...settlements.completed].sort()).toEqual([
      'decided',
      'in-time',
      'said',
      'told',
      'watched',
    ]);
  });

  it('finishes the deletion of a session, of a process before or its own', async () => {
    const { turns, settlements, recovery, deleted, unfinished } = setUp();
    turns.records.set('theirs', { ...runningTurn('theirs', 'instance-before'), kind: 'deletion' });
    const own: TurnRecord = { ...runningTurn('own', ME), kind: 'deletion' };
    turns.records.set('own', own);
    unfinished.push(own);
    await recovery.pass();
    expect(deleted.sort()).toEqual(['own', 'theirs']);
    expect(settlements.settled).toEqual([]);
  });
});
