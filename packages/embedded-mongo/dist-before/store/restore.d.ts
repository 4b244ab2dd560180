/**
 * Makes a copy that {@link backUp} made the database of a data folder. What was there is moved aside, not removed. Can be repeated when it was cut off.
 * @returns the folder that has what was there; `undefined` when there was nothing
 * @throws DamagedDatabaseError when the copy is not whole; Error when there is none, or a server runs on the folder
 */
export declare function restore(dataDir: string, from: string): string | undefined;
