/** The keyspace whose totals cover the named values. */
export declare const META_SPACE = 0;
export declare const MAX_SPACE: number;
/** Record ids of one keyspace; together with the keyspace they fill the 53 bits of a JavaScript integer. */
export declare const IDS_PER_SPACE: number;
export declare const recordKey: (space: number, id: number) => number;
/** The keyspace of a row's key. */
export declare const recordSpace: (key: number) => number;
export declare const entrySpace: (key: Buffer) => number;
export declare function entryKey(space: number, key: Buffer): Buffer;
/** Checksums cover the key as well, so that bytes under a wrong key are noticed. */
export declare const recordChecksum: (key: number, bytes: Buffer) => number;
export declare const metaChecksum: (name: string, value: Buffer) => number;
