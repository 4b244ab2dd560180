import { positionsOf } from '../../src/chat/records/branch-path.js';
import { SessionBranches, type Fork } from '../../src/chat/records/session-branches.js';
import { planMigrations, runMigrations } from '../../src/persistence/migrations/run-migrations.js';
import type { RawRecord } from '../../src/persistence/migrations/raw-record.js';
import { BranchReader } from '../support/branch-reader.js';
import { startTestServer } from '../support/test-server.js';
import { until } from '../support/until.js';
import { Cut, cuttingDb } from './cutting-db.js';
import { collectionsOf, TestDatabase } from './old-database.js';
import { normalised } from './snapshot.js';
import { dropCollections } from '../support/drop-collections.js';

const run = {
  settings: { issuer: undefined, stormUrl: undefined, turnRetentionMs: 90 * 86_400_000 },
  alone: true,
  say: () => undefined,
  // So small that sessions and lists have several batches.
  batchSize: 4,
  now: new Date('2027-03-01T12:00:00Z'),
};

const old = (name: string): readonly RawRecord[] =>
  collectionsOf('regenerated').find(({ collection }) => collection === name)?.documents ?? [];
const before = old('chat_messages');
const unfinished = old('turns').find(({ status }) => status === 'running');

function inOrder(messages: readonly RawRecord[], sessionId: unknown): RawRecord[] {
  return messages
    .filter((message) => message.sessionId === sessionId)
    .sort((a, b) => Number(a.position) - Number(b.position));
}

function branchesOf({ forks, messageCount }: RawRecord): SessionBranches {
  return new SessionBranches((forks ?? []) as readonly Fork[], Number(messageCount));
}

describe('a database in which answers were made anew', () => {
  let database: TestDatabase;
  beforeEach(async () => (database = await TestDatabase.of('regenerated')));
  afterEach(() => database.remove());

  const session = async (sessionId: string): Promise<RawRecord> =>
    (await database.all('chat_sessions')).find((one) => one.sessionId === sessionId)!;

  it('shows of every session what it did, and knows what each message follows', async () => {
    const lines: string[] = [];
    await runMigrations(database.db, 'test', { ...run, say: (line) => lines.push(line) });
    const messages = await database.all('chat_messages');
    const sessions = await database.all('chat_sessions');
    expect(sessions.filter(({ forks }) => forks !== undefined)).toHaveLength(6);
    for (const one of sessions) {
      const branches = branchesOf(one);
      const [was, is] = [inOrder(before, one.sessionId), inOrder(messages, one.sessionId)];
      const shown = was.filter(({ supersededBy }) => supersededBy === undefined);
      const path = new Set(positionsOf(branches.pathTo(branches.current)));
      expect(is.filter(({ position }) => path.has(Number(position))).map(({ _id }) => _id)).toEqual(
        shown.map(({ _id }) => _id),
      );
      expect(one.supersededCount).toBe(was.length - shown.length);
      const ids = new Map(is.map(({ position, _id }) => [position, _id]));
      for (const { position, parentId } of is)
        expect(ids.get(branches.parentOf(Number(position))) ?? null).toBe(parentId);
    }
    const without = ({ supersededBy: _, ...others }: RawRecord) => others;
    expect(messages).toEqual(before.map(without));
    expect(lines).toContain('forks: 6 sessions with answers that were made anew say where they fork');
    expect(lines).toContain('  right  messages of other branches: 44 before, 44 after');
    expect(lines.filter((line) => line.includes('WRONG'))).toEqual([]);
    // An answer that was made anew again and again has that many siblings.
    const again = branchesOf(await session('again and again'));
    expect(again.siblingsOf(4)).toEqual({ index: 3, count: 5, previous: 2, next: 6 });
    const earlier = branchesOf(await session('earlier'));
    expect(positionsOf(earlier.pathTo(5))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('says before what it would do', async () => {
    const lines: string[] = [];
    await planMigrations(database.db, { ...run, say: (line) => lines.push(line) });
    expect(lines[0]).toMatch(/^The database has version 1; the latest is \d+\.$/);
    expect(lines).toContain('  superseded messages: 44 messages no longer say what took their place');
  });

  it('finds where a turn stands that was counted, and whose messages are still to be stored', async () => {
    expect(unfinished?.sessionId).toBe('cut');
    const filter = { turnId: unfinished?._id };
    const { deletedCount } = await database.db.collection('chat_messages').deleteMany(filter);
    expect(deletedCount).toBe(2);
    await runMigrations(database.db, 'test', run);
    expect((await session('cut')).forks).toEqual([{ at: 4, after: 1 }]);
  });

  it('goes on with the turn that the old version left unfinished, as one branch of its session', async () => {
    await database.db.collection('chat_messages').deleteMany({ turnId: unfinished?._id });
    await database.close();
    const server = await startTestServer({ DATA_DIR: database.dataDir });
    const reader = new BranchReader(
      server,
      await server.logIn('user@example.com', 'a password of the load'),
      'cut',
    );
    await until(async () => (await reader.page()).turns.every(({ status }) => status !== 'running'));
    const shown = await reader.page();
    expect(shown.data.map(({ role, content }) => [role, content.replace(/\d+/, 'n')])).toEqual([
      ['user', 'one'],
      ['assistant', 'answer n'],
      ['user', 'two'],
      ['assistant', 'answer n'],
    ]);
    expect(shown.data[3]?.turnId).toBe(unfinished?._id);
    expect(shown.data[2]?.siblings).toMatchObject({ index: 2, count: 2 });
    const other = await reader.page(`branch=${shown.data[2]?.siblings?.previousId}`);
    expect(other.data.map(({ id }) => id).slice(0, 2)).toEqual(shown.data.map(({ id }) => id).slice(0, 2));
    expect(other.data[3]?.content).not.toBe(shown.data[3]?.content);
    expect((await reader.page('superseded=true')).data).toHaveLength(6);
    await server.close();
    await database.open();
  });

  it('ends the same when its migration is cut off in front of any of its writes and run again', async () => {
    await runMigrations(database.db, 'uncut', run);
    const expected = await normalised(database.db);
    let writes = 0;
    for (let isCut = true; isCut; writes++) {
      await dropCollections(database.db);
      await database.fill(collectionsOf('regenerated'));
      isCut = await runMigrations(cuttingDb(database.db, writes), 'cut', run).then(
        () => false,
        (error: unknown) => {
          if (error instanceof Cut) return true;
          throw error;
        },
      );
      await runMigrations(database.db, 'again', run);
      expect([writes, await normalised(database.db)]).toEqual([writes, expected]);
    }
    expect(writes).toBeGreaterThan(15);
  });
});
