/** A record's content and the checksum of it and its key. */
export interface RecordBytes {
    readonly bytes: Buffer;
    readonly checksum: number;
}
export interface StoredRecord extends RecordBytes {
    readonly id: number;
}
export interface EntryRange {
    /** Inclusive. */
    readonly from: Buffer;
    /** Exclusive. */
    readonly to: Buffer;
    readonly descending?: boolean;
}
/** Rows read in chunks that grow. @param read up to so many behind those that came before */
export declare function inChunks(read: (limit: number) => unknown[], first?: number): Iterable<unknown>;
export declare function checkedMeta(name: string, row: [value: Buffer, checksum: number]): [Buffer, number];
export declare const EMPTY: Buffer<ArrayBuffer>;
export declare const ZERO: Buffer<ArrayBuffer>;
export declare function firstOf(row: unknown): unknown[];
