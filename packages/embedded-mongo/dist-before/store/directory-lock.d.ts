/**
 * Takes the directory for this process. The lock is the operating system's lock on a small file, held through SQLite:
 * it ends with its process however that ends, so there is no stale lock to clean up and no process id to mistake.
 * @returns what lets others in again
 * @throws Error naming the owner when a living process holds it
 */
export declare function lockDirectory(directory: string): () => void;
