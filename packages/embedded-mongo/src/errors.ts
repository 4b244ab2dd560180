import { documentOf, int32, type Document } from './bson/values.js';

/** MongoDB's numeric codes with their names, as drivers and mongoose users know them. */
const CODES = {
  InternalError: 1,
  BadValue: 2,
  FailedToParse: 9,
  TypeMismatch: 14,
  Overflow: 15,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  FileStreamFailed: 39,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  LockBusy: 46,
  ImmutableField: 66,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  CommandNotSupported: 115,
  CannotIndexParallelArrays: 171,
  QueryPlanKilled: 175,
  ExceededMemoryLimit: 292,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  OutOfDiskSpace: 14031,
} as const;

/** A refusal that reaches the client as `{ok: 0, code, codeName, errmsg, …extra}`. */
export class CommandError extends Error {
  readonly code: number;

  constructor(
    readonly codeName: keyof typeof CODES,
    message: string,
    /** Further fields of the reply, such as `keyPattern` of a duplicate key. */
    readonly extra?: Document,
  ) {
    super(message);
    this.name = 'CommandError';
    this.code = CODES[codeName];
  }

  /** What a reply says of it, beside `ok`. */
  fields(): Document {
    const { message: errmsg, code, codeName, extra = [] } = this;
    return new Map([...documentOf({ errmsg, code: int32(code), codeName }), ...extra]);
  }
}

export const badValue = (message: string): CommandError => new CommandError('BadValue', message);
export const failedToParse = (message: string): CommandError => new CommandError('FailedToParse', message);

/** The one answer to everything outside the subset: code 115, naming the feature and the way out. */
export function unsupported(feature: string): CommandError {
  return new CommandError(
    'CommandNotSupported',
    `The embedded database does not support ${feature}. Set MONGODB_URI to use a MongoDB server.`,
  );
}

/** What a table of the language says of a name. @param kind for the refusal @throws CommandError 115 when it is not there */
export function known<T>(table: Readonly<Record<string, T>>, kind: string, name: string): T {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry === undefined) throw unsupported(`the ${kind} ${name}`);
  return entry;
}

/** The stored bytes do not add up, or are not understood: nothing read from them can be trusted. */
export class DamagedDatabaseError extends Error {
  constructor(
    detail: string,
    message = `The embedded database file is damaged (${detail}). Restore a backup or remove the data directory.`,
  ) {
    super(message);
    this.name = 'DamagedDatabaseError';
  }
}

/** The store could not make a write durable: nothing of its batch is kept, what was stored before stays readable. */
export class WriteFailedError extends CommandError {
  /**
   * @param recovers whether the next write may be tried: for want of room nothing has come to the disk that was not asked for. After a failed
   * sync nobody knows what lies there, and the operating system does not say so twice.
   */
  constructor(
    reason: string,
    readonly recovers: boolean,
  ) {
    super(
      recovers ? 'OutOfDiskSpace' : 'FileStreamFailed',
      recovers
        ? `The embedded database could not write: ${reason}. It writes again as soon as there is room: free disk space.`
        : `The embedded database is read-only since a write failed: ${reason}. Look at the disk, then restart.`,
    );
    this.name = 'WriteFailedError';
  }
}
