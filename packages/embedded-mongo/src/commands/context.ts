import type { Document } from '../bson/values.js';
import type { Catalog } from '../engine/catalog.js';
import type { Arguments } from '../engine/arguments.js';
import type { Cursors } from './cursors.js';

/** What a command works with. */
export interface CommandContext {
  readonly catalog: Catalog;
  readonly cursors: Cursors;
  /** The database the command is sent to. */
  readonly database: string;
}

/** A command: refuses what it does not know, then works; answers without `ok`. */
export interface Command {
  /** Writing commands run in the batch's transaction, all or nothing. */
  readonly writes: boolean;
  /** What may stand beside its name; every other option is refused. */
  readonly options: readonly string[];
  readonly run: (context: CommandContext, args: Arguments) => Document;
}

type Run = Command['run'];

export const reads = (options: readonly string[], run: Run): Command => ({ writes: false, options, run });
export const writes = (options: readonly string[], run: Run): Command => ({ writes: true, options, run });
