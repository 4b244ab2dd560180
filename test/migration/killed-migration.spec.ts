import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { LATEST_VERSION } from '../../src/persistence/migrations/migration-list.js';
import { runMigrations } from '../../src/persistence/migrations/run-migrations.js';
import { SchemaRecords } from '../../src/persistence/migrations/schema-record.js';
import { fromSources } from '../support/server-process.js';
import { TestDatabase, type Fixture } from './old-database.js';
import { normalised } from './snapshot.js';

const ROOT = join(import.meta.dirname, '../..');
const ISSUER = 'https://id.example';
const NOW = new Date('2027-03-01T12:00:00Z');
/** How many writes the lives of the migration have, again and again: too few to get far, and never the same place twice. */
const LIVES = [6, 15, 8, 19, 10, 13, 7, 17];
/** Fewer would mean that the batches have become too large to be cut in the middle. */
const FEWEST_LIVES = 6;
/** A bound for what hangs: a dozen processes start one after the other. */
const PATIENCE_MS = 1_200_000;

const settings = { issuer: ISSUER, stormUrl: undefined, turnRetentionMs: 90 * 86_400_000 };

/** @returns whether it came to its end */
async function live(where: string, life: number): Promise<boolean> {
  const child = spawn(
    process.execPath,
    [
      ...fromSources('test/migration/migrate-until-killed.ts'),
      where,
      ISSUER,
      NOW.toISOString(),
      String(LIVES[life % LIVES.length]),
      life % 2 === 0 ? 'before' : 'after',
    ],
    { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`The migration ended with ${code}: ${complaint}`);
  return code === 0;
}

const LIVING = [
  ['own-accounts', 'folder'],
  ['external-issuer', 'uri'],
] as const;
/** Also those that show nothing else, for whoever has the time. */
const ALL_LIVING = [...LIVING, ['own-accounts', 'uri'], ['external-issuer', 'folder']] as const;

describe.each<readonly [Fixture, 'folder' | 'uri']>(process.env.TEST_SIZE === 'full' ? ALL_LIVING : LIVING)(
  'a migration of %s that is killed again and again, on its %s',
  (fixture, how) => {
    it(
      'ends as one that is not',
      async () => {
        const expected = await migratedAtOnce(fixture);
        const database = await TestDatabase.of(fixture);
        if (how === 'folder') await database.close();
        let lives = 0;
        while (!(await live(how === 'folder' ? database.dataDir : database.uri, lives))) lives += 1;
        if (how === 'folder') await database.open();
        expect(await normalised(database.db)).toEqual(expected);
        expect(await new SchemaRecords(database.db).read()).toMatchObject({ version: LATEST_VERSION });
        expect(lives).toBeGreaterThanOrEqual(FEWEST_LIVES);
        await database.remove();
      },
      PATIENCE_MS,
    );
  },
);

async function migratedAtOnce(fixture: Fixture): Promise<string[]> {
  const database = await TestDatabase.of(fixture);
  await runMigrations(database.db, 'unkilled', { settings, alone: true, say: () => undefined, now: NOW });
  const lines = await normalised(database.db);
  await database.remove();
  return lines;
}
