/**
 * Remembers beside the database how many commits it has acknowledged. SQLite reads its log up to the first frame that does not add up and takes
 * what follows for a write that a crash cut off: bits that flip in the log would make the database an older one, without a word. Written without a
 * sync, so that it costs microseconds: it survives the end of the process; after a power cut it may know less than there is, never more.
 */
export declare class CommitMark {
    private readonly file;
    /** Opens the mark of a database, which takes its room on the disk now. @param commits that the database has */
    constructor(database: string, commits: number);
    /** After the commit is on the disk. */
    write(commits: number): void;
    close(): void;
}
/** How many commits a database has acknowledged, as its mark says; 0 when there is none, or none that was written whole. */
export declare function acknowledgedCommits(database: string): number;
/**
 * To be asked before the connection that has found so many commits closes, and SQLite with it removes the log.
 * @throws DamagedDatabaseError when more were acknowledged; the log is kept for who can read more of it
 */
export declare function assertCommits(database: string, commits: number, acknowledged: number): void;
