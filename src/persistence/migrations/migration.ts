import type { mongo } from 'mongoose';

/** What a migration has to be told, because the database does not say it. */
export interface MigrationSettings {
  /** The external issuer whose subjects stand in the records of version 0 as user ids. */
  readonly issuer: string | undefined;
  /** Where Storm is asked when a chatflow names no server of its own; unset: as it always was. */
  readonly stormUrl: string | undefined;
  /** How long the records of turns that have ended are kept from now on. */
  readonly turnRetentionMs: number;
}

/** What the steps of one migration work with. */
export interface MigrationContext {
  readonly db: mongo.Db;
  readonly settings: MigrationSettings;
  /** When the migration was first begun: the same again after a crash, so that a repeated step writes the same. */
  readonly startedAt: Date;
  /** Documents that are in memory at once. */
  readonly batchSize: number;
  /** To be called with the number of documents that a step has dealt with. */
  progress(documents: number): void;
  /** Aborted when the lock is lost: nothing may be written then. */
  readonly signal: AbortSignal;
}

/**
 * A part of a migration that can be repeated: killed at any moment and run again, it finds what is left to do by looking at the documents
 * themselves, and does it in batches.
 */
export interface MigrationStep {
  /** Once published it never changes: the database keeps it to know what is done. */
  readonly name: string;
  /** What becomes of the documents, e.g. "messages get their parent". */
  readonly describe: string;
  /** How many documents are left to change. Reads only. */
  count(context: MigrationContext): Promise<number>;
  run(context: MigrationContext): Promise<void>;
}

/** One line of the proof that nothing was lost. */
export interface ProofLine {
  readonly what: string;
  readonly before: number;
  readonly after: number;
  readonly holds: boolean;
}

/** Figures by name, kept in the database from before the first step to behind the last. */
export type Stock = Readonly<Record<string, number>>;

/** Brings a database from the version before to this one. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly steps: readonly MigrationStep[];
  /** @throws MigrationRefused when the database or the settings do not allow it; by then nothing is written */
  check(context: MigrationContext): Promise<void>;
  /** What would be made besides what the steps change, for a dry run. Reads only. */
  plan(context: MigrationContext): Promise<readonly string[]>;
  /** Counts and sums that the steps must not change, or must change in a known way. */
  takeStock(context: MigrationContext): Promise<Stock>;
  prove(before: Stock, after: Stock): readonly ProofLine[];
}

/** Why a database is not migrated, in words for whoever runs the command. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}

/** The steps are done, but the figures are not what they must be. Also for whoever runs the command. */
export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed';
}
