import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startTollgate } from '../../src/bootstrap.js';
import { instances } from '../../src/persistence/instances/instance-records.js';
import { LATEST_VERSION } from '../../src/persistence/migrations/migration-list.js';
import { MigrationLock } from '../../src/persistence/migrations/migration-lock.js';
import { prepareSchema } from '../../src/persistence/migrations/prepare-schema.js';
import { MigrationRefused } from '../../src/persistence/migrations/migration.js';
import { runMigrations } from '../../src/persistence/migrations/run-migrations.js';
import { SchemaRecords } from '../../src/persistence/migrations/schema-record.js';
import { StartError } from '../../src/platform/lifecycle/start.error.js';
import { createLog } from '../../src/platform/logging/create-log.js';
import { EXTERNAL_ISSUER, RecordingLog, testConfig } from '../support/auth/auth-fixtures.js';
import { fromSources } from '../support/server-process.js';
import { TestDatabase } from './old-database.js';
import { snapshot } from './snapshot.js';

const ROOT = join(import.meta.dirname, '../..');
const silent = createLog({ level: 'silent' });
const withIssuer = testConfig(EXTERNAL_ISSUER);
const settings = { issuer: undefined, stormUrl: undefined, turnRetentionMs: 90 * 86_400_000 };
const quiet = { settings, alone: false, say: () => undefined };

describe('a start', () => {
  let database: TestDatabase;
  afterEach(() => database.remove());

  const external = () => ({ uri: database.uri, kind: 'external' as const });
  const embedded = () => ({ uri: database.uri, kind: 'embedded' as const });
  const read = () => new SchemaRecords(database.db).read();

  it('migrates the embedded database, which nobody else uses, and says so', async () => {
    database = await TestDatabase.of('external-issuer');
    const log = new RecordingLog();
    await prepareSchema(embedded(), withIssuer, log);
    expect(await read()).toMatchObject({ version: LATEST_VERSION });
    expect(log.lines.map(({ message }) => message)).toEqual([
      'the database is of an older version: migrating it',
      'the database is migrated',
    ]);
    const [identity] = await database.all('user_identities');
    expect(identity).toMatchObject({ issuer: EXTERNAL_ISSUER.JWT_ISSUER });
  });

  it('that lacks what the migration needs says what', async () => {
    database = await TestDatabase.of('external-issuer');
    const refused = prepareSchema(embedded(), testConfig(), silent);
    await expect(refused).rejects.toThrow(StartError);
    await expect(refused).rejects.toThrow('JWT_ISSUER');
    expect(await read()).toMatchObject({ version: 0 });
  });

  it('leaves an external database of an older version alone and names the command', async () => {
    database = await TestDatabase.of('own-accounts');
    const lines = await snapshot(database.db);
    const refused = prepareSchema(external(), withIssuer, silent);
    await expect(refused).rejects.toThrow(StartError);
    await expect(refused).rejects.toThrow(
      `schema version 0, this program needs ${LATEST_VERSION}: stop all instances, then run \`npm run db:migrate\``,
    );
    expect(await snapshot(database.db)).toEqual(lines);
  });

  it.each(['embedded', 'external'] as const)('refuses a newer one (%s)', async (kind) => {
    database = await TestDatabase.empty();
    await new SchemaRecords(database.db).startAt(LATEST_VERSION + 1, []);
    const refused = prepareSchema({ uri: database.uri, kind }, withIssuer, silent);
    await expect(refused).rejects.toThrow(StartError);
    await expect(refused).rejects.toThrow(
      `version ${LATEST_VERSION + 1}, this program knows only ${LATEST_VERSION}`,
    );
  });

  it('gives a new database the latest version, and leaves a record that keeps migrations away until the end', async () => {
    database = await TestDatabase.empty();
    const config = testConfig({ PORT: '0', LOG_LEVEL: 'silent', MONGODB_URI: database.uri });
    const running = await startTollgate(config);
    expect(await read()).toMatchObject({ version: LATEST_VERSION });
    const [record] = await database.all('instances');
    expect(record).toMatchObject({ version: LATEST_VERSION, pid: process.pid });
    await database.db.collection('schema_migrations').deleteOne({ version: LATEST_VERSION });
    await expect(runMigrations(database.db, 'test', quiet)).rejects.toThrow(MigrationRefused);
    await expect(runMigrations(database.db, 'test', quiet)).rejects.toThrow(record?._id);
    await running.close();
    expect(await instances(database.db).countDocuments({})).toBe(0);
  });

  it('is refused under the lock of a migration, also one that began meanwhile', async () => {
    database = await TestDatabase.empty();
    const config = testConfig({ PORT: '0', LOG_LEVEL: 'silent', MONGODB_URI: database.uri });
    await prepareSchema(external(), config, silent);
    const lock = await MigrationLock.take(database.db, 'process 5 on host-2', {
      alone: false,
      wait: () => undefined,
    });
    const refused = startTollgate(config);
    await expect(refused).rejects.toThrow(StartError);
    await expect(refused).rejects.toThrow('being migrated by process 5 on host-2');
    expect(await instances(database.db).countDocuments({})).toBe(0);
    await lock.release();
    await (await startTollgate(config)).close();
  });
});

describe('the command', () => {
  const run = async (env: Record<string, string>, ...args: string[]) => {
    const child = spawn(process.execPath, [...fromSources('src/cli/migrate.ts'), ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, NODE_ENV: 'test', ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, output };
  };

  it('needs the issuer, plans, migrates and is done, on the database of a URI', async () => {
    const database = await TestDatabase.of('external-issuer');
    const env = { MONGODB_URI: database.uri };
    const lines = await snapshot(database.db);
    expect(await run(env)).toMatchObject({ code: 1, output: expect.stringContaining('--issuer') });
    const planned = await run({ ...env, JWT_ISSUER: 'https://id.example' }, '--dry-run');
    expect(planned).toMatchObject({ code: 0, output: expect.stringContaining('Nothing was changed.') });
    expect(
      (await snapshot(database.db)).filter((line) => !line.startsWith('schema_migrations index')),
    ).toEqual(lines);
    const done = await run(env, '--issuer', 'https://id.example', '--turn-retention-days', '7');
    expect(done).toMatchObject({ code: 0, output: expect.stringContaining('right  credits available') });
    expect(done.output).toContain(`The database has version ${LATEST_VERSION}.`);
    const [ended] = (await database.all('turns')).filter(({ status }) => status === 'completed');
    expect((ended?.expiresAt as Date).getTime()).toBeLessThan(Date.now() + 8 * 86_400_000);
    expect(await run(env, '--isuer', 'x')).toMatchObject({
      code: 1,
      output: expect.stringContaining('--dry-run'),
    });
    await database.remove();
  });

  it('migrates the folder of the embedded database, unless a server has it', async () => {
    const database = await TestDatabase.of('own-accounts');
    const env = { DATA_DIR: database.dataDir };
    expect(await run(env)).toMatchObject({ code: 1, output: expect.stringMatching(/in use|uses/) });
    await database.close();
    expect(await run(env)).toMatchObject({ code: 0 });
    await database.open();
    expect(await new SchemaRecords(database.db).read()).toMatchObject({ version: LATEST_VERSION });
    await database.remove();
  });
});
