import type { RawRecord } from '../../src/persistence/migrations/raw-record.js';
import { runMigrations } from '../../src/persistence/migrations/run-migrations.js';
import { Cut, cuttingDb } from './cutting-db.js';
import { collectionsOf, TestDatabase, type Fixture } from './old-database.js';
import { normalised } from './snapshot.js';
import { dropCollections } from '../support/drop-collections.js';

const run = {
  settings: { issuer: 'https://id.example', stormUrl: undefined, turnRetentionMs: 90 * 86_400_000 },
  alone: true,
  say: () => undefined,
  // So small that every step has several batches.
  batchSize: 4,
  now: new Date('2027-03-01T12:00:00Z'),
};
/** A bound for what hangs: some hundred migrations one after the other. */
const PATIENCE_MS = 1_200_000;
/** At a desk a third of the cuts, others each time; in CI and at full size all of them. */
const STRIDE = process.env.CI !== undefined || process.env.TEST_SIZE === 'full' ? 1 : 3;
const SESSIONS = 3;
const OF_EACH = 5;

/** A few sessions with all that belongs to them, and a few of everything else. */
function part(fixture: Fixture): ReturnType<typeof collectionsOf> {
  const all = collectionsOf(fixture);
  const of = (name: string): readonly RawRecord[] =>
    all.find(({ collection }) => collection === name)?.documents ?? [];
  const settled = of('chat_sessions').slice(0, SESSIONS);
  const running = of('turns').filter(({ status }) => status === 'running');
  const unfinished = of('turn_checkpoints').map(({ turnId }) =>
    of('turns').find(({ _id }) => _id === turnId),
  );
  const lonely = of('storm_threads').filter(
    ({ sessionId }) => !of('chat_sessions').some((session) => session.sessionId === sessionId),
  );
  const chosen = [...settled, ...running.slice(0, 2), ...unfinished.slice(0, 2), ...lonely.slice(0, 1)];
  const sessions = new Set(chosen.map((record) => record?.sessionId));
  const turns = new Set(of('turns').flatMap(({ _id, sessionId }) => (sessions.has(sessionId) ? [_id] : [])));
  return all.map(({ collection, documents, indexes }) => {
    const belonging = documents.filter(({ sessionId, turnId }) =>
      sessionId === undefined ? turns.has(String(turnId)) : sessions.has(sessionId),
    );
    const others = documents.filter(
      ({ sessionId, turnId }) => sessionId === undefined && turnId === undefined,
    );
    return { collection, indexes, documents: [...belonging, ...others.slice(0, OF_EACH)] };
  });
}

describe.each<Fixture>(['own-accounts', 'external-issuer'])('a part of %s', (fixture) => {
  it(
    'ends the same when its migration is cut off in front of any of its writes and run again',
    async () => {
      const database = await TestDatabase.empty();
      const collections = part(fixture);
      const fill = async (): Promise<void> => {
        await dropCollections(database.db);
        await database.fill(collections);
      };
      await fill();
      await runMigrations(database.db, 'uncut', run);
      const expected = await normalised(database.db);
      let writes = Math.floor(Math.random() * STRIDE);
      for (let isCut = true; isCut; writes += STRIDE) {
        await fill();
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
      expect(writes).toBeGreaterThan(60);
      await database.remove();
    },
    PATIENCE_MS,
  );
});
