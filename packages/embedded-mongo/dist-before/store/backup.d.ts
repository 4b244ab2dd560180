/**
 * Copies the database's file as it is at one moment, while a server may be writing to it: every commit that was acknowledged before the call is
 * in the copy, and none of it is half there. The copy is verified and on the disk before it has its name.
 * @param out must not exist; its folder is made where there is none
 * @throws DamagedDatabaseError when the file, or the copy, is not whole; Error when there is nothing to copy or `out` exists
 */
export declare function backUp(file: string, out: string): void;
/** Brings a file's bytes to the disk. */
export declare function syncFile(file: string): void;
