import { instances, INSTANCE_LEASE_MS } from '../../src/persistence/instances/instance-records.js';
import { LATEST_VERSION } from '../../src/persistence/migrations/migration-list.js';
import { findLiveLock, MigrationLock } from '../../src/persistence/migrations/migration-lock.js';
import { MigrationRefused, type Migration } from '../../src/persistence/migrations/migration.js';
import { planMigrations, runMigrations } from '../../src/persistence/migrations/run-migrations.js';
import { SchemaRecords } from '../../src/persistence/migrations/schema-record.js';
import { OWN_IDS } from '../../src/persistence/migrations/v1/own-ids.js';
import { collectionsOf, TestDatabase } from './old-database.js';
import { snapshot } from './snapshot.js';

const settings = { issuer: 'https://id.example', stormUrl: undefined, turnRetentionMs: 90 * 86_400_000 };
const quiet = { settings, say: () => undefined };
const shared = { ...quiet, alone: false };
const alone = { ...quiet, alone: true };

describe('a migration', () => {
  let database: TestDatabase;
  let before: string[];
  const version = async (): Promise<unknown> => {
    const state = await new SchemaRecords(database.db).read();
    return state.kind === 'new' ? 'new' : state.version;
  };
  const documents = async (): Promise<string[]> =>
    (await snapshot(database.db)).filter((line) => !/^(schema_migrations|instances) /.test(line));

  beforeEach(async () => {
    database = await TestDatabase.of('external-issuer');
    before = await documents();
  });
  afterEach(() => database.remove());

  it('that is only asked for says what it would do, and changes nothing at all', async () => {
    const everything = await snapshot(database.db);
    const lines: string[] = [];
    await planMigrations(database.db, { settings, say: (line) => lines.push(line), batchSize: 50 });
    expect(await snapshot(database.db)).toEqual(everything);
    expect(lines[0]).toBe(`The database has version 0; the latest is ${LATEST_VERSION}.`);
    expect(lines).toContain('  external users: 7 get an id of their own');
    expect(lines).toContain(`  ledger: ${countOf('credit_transactions')} ledger rows name their account`);
    expect(lines.at(-1)).toBe('Nothing was changed.');
  });

  it('is not done while an instance runs, and names it with the moment until which a crashed one counts', async () => {
    const leaseUntil = new Date(Date.now() + INSTANCE_LEASE_MS);
    const record = { version: 0, host: 'host-1', pid: 77, startedAt: new Date(), leaseUntil };
    await instances(database.db).insertOne({ _id: 'instance-7', ...record });
    const refused = runMigrations(database.db, 'test', shared);
    await expect(refused).rejects.toThrow(MigrationRefused);
    await expect(refused).rejects.toThrow(
      `instance-7 (process 77 on host-1), until ${leaseUntil.toISOString()}`,
    );
    expect(await documents()).toEqual(before);
    expect(await findLiveLock(database.db)).toBeUndefined();
    await instances(database.db).updateOne({ _id: 'instance-7' }, { $set: { leaseUntil: new Date(0) } });
    await expect(runMigrations(database.db, 'test', shared)).resolves.toBe(LATEST_VERSION);
  });

  it('takes what is left of an instance for nothing where no other process can be', async () => {
    const leaseUntil = new Date(Date.now() + INSTANCE_LEASE_MS);
    const record = { version: 0, host: 'host-1', pid: 77, startedAt: new Date(), leaseUntil };
    await instances(database.db).insertOne({ _id: 'crashed', ...record });
    const lock = await MigrationLock.take(database.db, 'killed', { alone: true, wait: () => undefined });
    await expect(runMigrations(database.db, 'test', alone)).resolves.toBe(LATEST_VERSION);
    await lock.release();
  });

  it('is not done beside another one that lives', async () => {
    const wait = (): void => undefined;
    const lock = await MigrationLock.take(database.db, 'the other', { alone: false, leaseMs: 600, wait });
    const waited: string[] = [];
    const refused = runMigrations(database.db, 'test', { ...shared, say: (line) => waited.push(line) });
    await expect(refused).rejects.toThrow('Another migration (the other) is under way.');
    expect(waited[0]).toMatch(/^the other holds the lock until .*: waiting/);
    expect(lock.signal.aborted).toBe(false);
    await lock.release();
    expect(await documents()).toEqual(before);
  });

  it('stops when its lock is somebody else’s', async () => {
    const stolen: Migration = {
      ...OWN_IDS,
      steps: [
        {
          name: 'robbed',
          describe: 'documents',
          count: async () => 0,
          run: async ({ signal }) => {
            await database.db
              .collection('schema_migrations')
              .updateOne({ owner: 'test' }, { $set: { owner: 'thief' } });
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
          },
        },
        ...OWN_IDS.steps,
      ],
    };
    await expect(
      runMigrations(database.db, 'test', { ...shared, leaseMs: 90, migrations: [stolen] }),
    ).rejects.toThrow('taken by another');
    expect(await documents()).toEqual(before);
    expect(await findLiveLock(database.db, new Date(0))).toMatchObject({ owner: 'thief' });
  });

  it('whose proof fails says so and leaves the version as it was', async () => {
    const lines: string[] = [];
    const losing: Migration = {
      ...OWN_IDS,
      steps: [
        ...OWN_IDS.steps,
        {
          name: 'loss',
          describe: 'rows get lost',
          count: async () => 1,
          run: async ({ db }) => {
            await db.collection('credit_transactions').deleteOne({ kind: 'capture' });
            await db.collection('credit_accounts').updateOne({}, { $inc: { available: 1 } });
          },
        },
      ],
    };
    const failed = runMigrations(database.db, 'test', {
      ...alone,
      say: (line) => lines.push(line),
      migrations: [losing],
    });
    await expect(failed).rejects.toThrow(/credit_transactions, .*credits available did not stay.*still 0/);
    expect(lines.filter((line) => line.includes('WRONG')).length).toBeGreaterThanOrEqual(3);
    expect(await version()).toBe(0);
    await expect(runMigrations(database.db, 'test', { ...alone, migrations: [losing] })).rejects.toThrow(
      'did not stay',
    );
  });

  it('run again changes nothing', async () => {
    await runMigrations(database.db, 'test', shared);
    const migrated = await snapshot(database.db);
    const lines: string[] = [];
    await runMigrations(database.db, 'test', { ...shared, say: (line) => lines.push(line) });
    expect(await snapshot(database.db)).toEqual(migrated);
    expect(lines).toEqual([`The database has version ${LATEST_VERSION} already.`]);
  });

  it('of later versions goes on from the one that the database has', async () => {
    const ran: number[] = [];
    const next: Migration = {
      version: 2,
      name: 'the next',
      steps: [
        { name: 'a step', describe: 'things', count: async () => 0, run: async () => void ran.push(2) },
      ],
      check: async () => undefined,
      plan: async () => [],
      takeStock: async () => ({ things: 1 }),
      prove: (was, is) => [{ what: 'things', before: 1, after: 1, holds: was.things === is.things }],
    };
    await expect(runMigrations(database.db, 'test', { ...alone, migrations: [OWN_IDS, next] })).resolves.toBe(
      2,
    );
    expect(ran).toEqual([2]);
    expect(await version()).toBe(2);
    const newer = runMigrations(database.db, 'test', { ...alone, migrations: [OWN_IDS] });
    await expect(newer).rejects.toThrow('The database has version 2, this program knows only 1');
  });
});

describe('a new database', () => {
  it('has the latest version from the start', async () => {
    const database = await TestDatabase.empty();
    const lines: string[] = [];
    const say = (line: string): void => void lines.push(line);
    await planMigrations(database.db, { settings, say });
    expect(await snapshot(database.db)).toEqual([]);
    await expect(runMigrations(database.db, 'test', { ...alone, say })).resolves.toBe(LATEST_VERSION);
    expect(lines).toEqual([
      `The database is new: it would get version ${LATEST_VERSION}.`,
      `The database is new: it has version ${LATEST_VERSION} from the start.`,
    ]);
    expect(await new SchemaRecords(database.db).read()).toMatchObject({ version: LATEST_VERSION });
    await database.remove();
  });
});

function countOf(collection: string): string {
  const found = collectionsOf('external-issuer').find((one) => one.collection === collection);
  return String(found?.documents.length);
}
