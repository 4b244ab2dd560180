import type { mongo } from 'mongoose';
import { refuseWhileInstancesRun } from '../instances/instance-records.js';
import { MigrationLock } from './migration-lock.js';
import { LATEST_VERSION, MIGRATIONS } from './migration-list.js';
import {
  MigrationFailed,
  MigrationRefused,
  type Migration,
  type MigrationContext,
  type MigrationSettings,
  type ProofLine,
} from './migration.js';
import { SchemaRecords, type SchemaRecord } from './schema-record.js';

const BATCH_SIZE = 500;
const PROGRESS_EVERY = 10_000;

export interface MigrationRun {
  readonly settings: MigrationSettings;
  /** Nobody else can use this database: whatever an instance or a migration left in it is left over. */
  readonly alone: boolean;
  /** Takes one line for whoever watches. */
  readonly say: (line: string) => void;
  readonly batchSize?: number;
  readonly leaseMs?: number;
  readonly now?: Date;
  /** Documents between two lines of progress. */
  readonly progressEvery?: number;
  readonly migrations?: readonly Migration[];
}

/**
 * Brings a database to the latest version, or goes on where an earlier run was cut off.
 * @returns the version it has now
 * @throws MigrationRefused when it must not be done, with nothing written; MigrationFailed when the proof fails, with the version left as it was
 */
export async function runMigrations(db: mongo.Db, owner: string, run: MigrationRun): Promise<number> {
  const { migrations = MIGRATIONS } = run;
  const latest = migrations.at(-1)?.version ?? LATEST_VERSION;
  const records = new SchemaRecords(db);
  if (await isUpToDate(records, migrations, latest, run)) return latest;
  const lock = await MigrationLock.take(db, owner, {
    alone: run.alone,
    ...(run.leaseMs === undefined ? {} : { leaseMs: run.leaseMs }),
    wait: (held) =>
      run.say(
        `${held.owner} holds the lock until ${held.leaseUntil.toISOString()}: waiting whether it still runs.`,
      ),
  });
  try {
    // Behind the lock: an instance that starts now finds it.
    if (!run.alone) await refuseWhileInstancesRun(db);
    for (const migration of migrations) await migrate(db, records, migration, lock.signal, run);
  } finally {
    await lock.release();
  }
  return latest;
}

/**
 * Tells what `runMigrations` would do. Reads only.
 * @throws MigrationRefused where it would refuse because of the settings
 */
export async function planMigrations(
  db: mongo.Db,
  run: Pick<MigrationRun, 'settings' | 'say' | 'batchSize' | 'migrations'>,
): Promise<void> {
  const { migrations = MIGRATIONS, say } = run;
  const latest = migrations.at(-1)?.version ?? LATEST_VERSION;
  const state = await new SchemaRecords(db).read();
  if (state.kind === 'new') {
    say(`The database is new: it would get version ${latest}.`);
    return;
  }
  say(`The database has version ${state.version}; the latest is ${latest}.`);
  for (const migration of migrations.filter(({ version }) => version > state.version)) {
    const context = contextOf(db, run, state.underWay, new AbortController().signal);
    await migration.check(context);
    say(`Version ${migration.version}, ${migration.name}:`);
    for (const line of await migration.plan(context)) say(`  ${line}`);
    for (const step of migration.steps) {
      const done = isDone(state, migration, step.name);
      say(`  ${step.name}: ${done ? 'done before' : `${await step.count(context)} ${step.describe}`}`);
    }
  }
  say('Nothing was changed.');
}

async function isUpToDate(
  records: SchemaRecords,
  migrations: readonly Migration[],
  latest: number,
  { say }: MigrationRun,
): Promise<boolean> {
  const state = await records.read();
  if (state.kind === 'new') {
    await records.startAt(latest, stepNames(migrations));
    say(`The database is new: it has version ${latest} from the start.`);
    return true;
  }
  if (state.version > latest)
    throw new MigrationRefused(
      `The database has version ${state.version}, this program knows only ${latest}: use the program that migrated it, or a newer one.`,
    );
  if (state.version === latest) say(`The database has version ${latest} already.`);
  return state.version === latest;
}

async function migrate(
  db: mongo.Db,
  records: SchemaRecords,
  migration: Migration,
  signal: AbortSignal,
  run: MigrationRun,
): Promise<void> {
  const state = await records.read();
  if (state.kind === 'new' || state.version >= migration.version) return;
  const { say } = run;
  assertSameSettings(state, migration, run.settings);
  let context = contextOf(db, run, state.underWay, signal);
  say(`Version ${state.version} to ${migration.version}: ${migration.name}`);
  let before = state.underWay?.before;
  if (before === undefined) {
    await migration.check(context);
    before = await migration.takeStock(context);
    const { settings, startedAt } = context;
    await records.begin(state.version, {
      version: migration.version,
      startedAt,
      settings,
      before,
      steps: [],
    });
  }
  for (const step of migration.steps) {
    if (isDone(state, migration, step.name)) continue;
    const left = await step.count(context);
    say(`${step.name}: ${left} ${step.describe}`);
    context = { ...context, progress: progressOf(step.name, left, run) };
    await step.run(context);
    signal.throwIfAborted();
    await records.stepDone(step.name);
  }
  const proof = migration.prove(before, await migration.takeStock(context));
  printProof(proof, say);
  const broken = proof.filter(({ holds }) => !holds).map(({ what }) => what);
  if (broken.length > 0)
    throw new MigrationFailed(
      `The migration is not right: ${broken.join(', ')} did not stay. The version is still ${state.version}; restore the backup and report this.`,
    );
  signal.throwIfAborted();
  await records.finish(migration.version, [...state.steps, ...stepNames([migration])]);
  say(`The database has version ${migration.version}.`);
}

function contextOf(
  db: mongo.Db,
  run: Pick<MigrationRun, 'settings' | 'batchSize' | 'now'>,
  underWay: SchemaRecord['underWay'],
  signal: AbortSignal,
): MigrationContext {
  return {
    db,
    settings: underWay?.settings ?? run.settings,
    startedAt: underWay?.startedAt ?? run.now ?? new Date(),
    batchSize: run.batchSize ?? BATCH_SIZE,
    progress: () => undefined,
    signal,
  };
}

/** Half of the subjects under one issuer and half under another would be two users each. */
function assertSameSettings({ underWay }: SchemaRecord, { version }: Migration, settings: MigrationSettings) {
  if (underWay?.version !== version) return;
  const begun = underWay.settings.issuer;
  if (begun !== undefined && settings.issuer !== undefined && begun !== settings.issuer)
    throw new MigrationRefused(`This migration was begun with the issuer ${begun}: go on with the same.`);
}

function isDone({ underWay }: SchemaRecord, { version }: Migration, step: string): boolean {
  return underWay?.version === version && underWay.steps.includes(step);
}

function progressOf(
  step: string,
  expected: number,
  { say, progressEvery = PROGRESS_EVERY }: MigrationRun,
): (documents: number) => void {
  let done = 0;
  return (documents) => {
    const before = Math.floor(done / progressEvery);
    done += documents;
    if (Math.floor(done / progressEvery) > before) say(`${step}: ${done} of about ${expected}`);
  };
}

function printProof(proof: readonly ProofLine[], say: (line: string) => void): void {
  for (const { what, before, after, holds } of proof)
    say(`  ${holds ? 'right' : 'WRONG'}  ${what}: ${before} before, ${after} after`);
}

function stepNames(migrations: readonly Migration[]): string[] {
  return migrations.flatMap(({ version, steps }) => steps.map(({ name }) => `${version} ${name}`));
}
