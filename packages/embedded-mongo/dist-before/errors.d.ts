import { type Document } from './bson/values.js';
/** MongoDB's numeric codes with their names, as drivers and mongoose users know them. */
declare const CODES: {
    readonly InternalError: 1;
    readonly BadValue: 2;
    readonly FailedToParse: 9;
    readonly TypeMismatch: 14;
    readonly NamespaceNotFound: 26;
    readonly IndexNotFound: 27;
    readonly FileStreamFailed: 39;
    readonly ConflictingUpdateOperators: 40;
    readonly CursorNotFound: 43;
    readonly LockBusy: 46;
    readonly ImmutableField: 66;
    readonly InvalidOptions: 72;
    readonly InvalidNamespace: 73;
    readonly IndexOptionsConflict: 85;
    readonly IndexKeySpecsConflict: 86;
    readonly CommandNotSupported: 115;
    readonly CannotIndexParallelArrays: 171;
    readonly QueryPlanKilled: 175;
    readonly ExceededMemoryLimit: 292;
    readonly BSONObjectTooLarge: 10334;
    readonly DuplicateKey: 11000;
    readonly OutOfDiskSpace: 14031;
};
/** A refusal that reaches the client as `{ok: 0, code, codeName, errmsg, …extra}`. */
export declare class CommandError extends Error {
    readonly codeName: keyof typeof CODES;
    /** Further fields of the reply, such as `keyPattern` and `keyValue` of a duplicate key. */
    readonly extra?: Document | undefined;
    readonly code: number;
    constructor(codeName: keyof typeof CODES, message: string, 
    /** Further fields of the reply, such as `keyPattern` and `keyValue` of a duplicate key. */
    extra?: Document | undefined);
    /** What a reply says of it, beside `ok`. */
    fields(): Document;
}
export declare const badValue: (message: string) => CommandError;
export declare const failedToParse: (message: string) => CommandError;
/** The one answer to everything outside the subset: code 115, naming the feature and the way out. */
export declare function unsupported(feature: string): CommandError;
/** What a table of the language says of a name. @param kind for the refusal @throws CommandError 115 when it is not there */
export declare function known<T>(table: Readonly<Record<string, T>>, kind: string, name: string): T;
/** The stored bytes do not add up: nothing read from them can be trusted. */
export declare class DamagedDatabaseError extends Error {
    constructor(detail: string);
}
/** The store could not make a write durable: nothing of its batch is kept, what was stored before stays readable. */
export declare class WriteFailedError extends CommandError {
    readonly recovers: boolean;
    /**
     * @param recovers whether the next write may be tried: for want of room nothing has come to the disk that was not asked for. After a failed
     * sync nobody knows what lies there, and the operating system does not say so twice.
     */
    constructor(reason: string, recovers: boolean);
}
export {};
