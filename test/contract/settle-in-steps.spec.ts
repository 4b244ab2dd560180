import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedDatabase, type EmbeddedDatabase } from '@tollgate/embedded-mongo';
import mongoose, { type Connection } from 'mongoose';
import type { TurnRecord } from '../../src/chat/records/turn.js';
import { DriverOrderedWriter } from '../../src/persistence/ordered-writes/driver-ordered-writer.service.js';
import {
  CUT_CODE,
  startOlderMongodb,
  type OlderMongodb,
  type OlderRelease,
} from '../support/older-mongodb.js';
import { watch, unwatch } from './support/open-databases.js';
import { ENDED, Settling, SETTLING_MODELS } from './support/settling.js';

/** Where the database has `bulkWrite` these are one command, and the opening with its hold is another. The charge comes beside the messages. */
const STEPS_OF_A_SETTLEMENT = [
  'update turns',
  'update chat_sessions',
  'insert chat_messages',
  'delete turn_checkpoints',
  'update turns',
];
const CHARGE = 'update credit_accounts';
const ALL_STEPS = STEPS_OF_A_SETTLEMENT.length + 1;

describe.each<OlderRelease>(['7', '6'])('on MongoDB %s, which has no bulkWrite', (release) => {
  let dataDir: string;
  let embedded: EmbeddedDatabase;
  let older: OlderMongodb;
  let connection: Connection;
  let world: Settling;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-older-'));
    embedded = await startEmbeddedDatabase({ dataDir });
    older = await startOlderMongodb(embedded.uri, release);
    connection = await mongoose.createConnection(older.uri, { dbName: 'steps' }).asPromise();
    await Promise.all(SETTLING_MODELS.map(({ name, schema }) => connection.model(name, schema).init()));
    watch(connection);
    const writer = new DriverOrderedWriter(connection.getClient());
    world = await Settling.on((name) => connection.model(name) as never, writer);
  });
  beforeEach(async () => {
    older.takeWrites(Infinity);
    await world.newUser();
  });
  afterAll(async () => {
    older.takeWrites(Infinity);
    await world.own.mover.drain();
    await unwatch(connection);
    await connection.close();
    await older.close();
    await embedded.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function expectSettledOnce(turn: TurnRecord): Promise<void> {
    expect(await world.find(turn)).toMatchObject({ status: 'completed', charged: 3 });
    expect(await world.positions(turn)).toEqual([0, 1]);
    expect(await world.history.findSession(world.userId, turn.sessionId)).toMatchObject({ messageCount: 2 });
    expect(await world.turns.checkpoints(turn)).toEqual([]);
    expect(await world.balance()).toEqual({ available: 7, held: 0 });
  }

  async function openTurn(): Promise<TurnRecord> {
    const turn = await world.open();
    const { id: turnId, userId } = turn;
    await world.turns.appendCheckpoints([{ turnId, userId, sequence: 0, part: { text: 'he', events: [] } }]);
    // What it still has to move would be counted among the steps.
    await world.own.mover.drain();
    return turn;
  }
  /** Settles as a process does that is gone after so many writes. @returns whether it got through */
  async function settleUntil(writes: number, turn: TurnRecord): Promise<boolean> {
    older.takeWrites(writes);
    try {
      await world.settlement.settle(turn, ENDED);
      return true;
    } catch (error) {
      expect(['accounting_unavailable', CUT_CODE]).toContain((error as { code?: unknown }).code);
      return false;
    }
  }

  it('asks for the command once, then opens, holds and settles step by step', async () => {
    await openTurn();
    older.takeWrites(Infinity);
    const opening = world.openingOf();
    expect(await world.insert(opening)).toEqual({ kind: 'opened', held: false, remembered: false });
    expect(older.written).toEqual(['insert turns']);
    expect(await world.balance()).toEqual({ available: 7, held: 3 });
    const turn = await openTurn();
    expect(await settleUntil(Infinity, turn)).toBe(true);
    const { written } = older;
    expect(written.filter((write) => !write.includes(' credit_'))).toEqual(STEPS_OF_A_SETTLEMENT);
    expect(written).toContain(CHARGE);
    expect(older.refused).toBe(1);
  });

  it('settles once a turn whose process is gone behind any step, and whose recovery is gone behind any', async () => {
    let isThrough = false;
    let first = 0;
    for (; !isThrough; first += 1) {
      for (let second = 0; second <= ALL_STEPS; second += 1) {
        await world.newUser();
        const turn = await openTurn();
        isThrough = await settleUntil(first, turn);
        await settleUntil(second, turn);
        expect(await settleUntil(Infinity, turn)).toBe(true);
        await expectSettledOnce(turn);
      }
    }
    expect(first).toBeGreaterThan(ALL_STEPS);
  });
});
