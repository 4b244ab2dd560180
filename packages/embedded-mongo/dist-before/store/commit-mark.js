import { closeSync, copyFileSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { DamagedDatabaseError } from '../errors.js';
const DIGITS = 16;
/**
 * Remembers beside the database how many commits it has acknowledged. SQLite reads its log up to the first frame that does not add up and takes
 * what follows for a write that a crash cut off: bits that flip in the log would make the database an older one, without a word. Written without a
 * sync, so that it costs microseconds: it survives the end of the process; after a power cut it may know less than there is, never more.
 */
export class CommitMark {
    file;
    /** Opens the mark of a database, which takes its room on the disk now. @param commits that the database has */
    constructor(database, commits) {
        const path = pathOf(database);
        // Not 'w': a crash between the cut and the write would leave none.
        closeSync(openSync(path, 'a+', 0o600));
        this.file = openSync(path, 'r+');
        this.write(commits);
    }
    /** After the commit is on the disk. */
    write(commits) {
        const digits = String(commits).padStart(DIGITS, '0');
        try {
            writeSync(this.file, `${digits} ${checksumOf(digits)}\n`, 0);
        }
        catch {
            // It then tells less than it could. The commit itself is safe.
        }
    }
    close() {
        closeSync(this.file);
    }
}
/** How many commits a database has acknowledged, as its mark says; 0 when there is none, or none that was written whole. */
export function acknowledgedCommits(database) {
    try {
        const [digits = '', checksum] = readFileSync(pathOf(database), 'utf8').trimEnd().split(' ');
        return digits.length === DIGITS && checksum === checksumOf(digits) ? Number(digits) : 0;
    }
    catch {
        return 0;
    }
}
/**
 * To be asked before the connection that has found so many commits closes, and SQLite with it removes the log.
 * @throws DamagedDatabaseError when more were acknowledged; the log is kept for who can read more of it
 */
export function assertCommits(database, commits, acknowledged) {
    if (acknowledged <= commits)
        return;
    const [log, kept] = [`${database}-wal`, `${database}-wal.damaged`];
    if (existsSync(log) && !existsSync(kept))
        copyFileSync(log, kept);
    throw new DamagedDatabaseError(`${acknowledged - commits} of its acknowledged commits are missing: its write-ahead log was damaged, or the file is an older copy; to go on with the state that is left, remove ${pathOf(database)}`);
}
const pathOf = (database) => `${database}-commits`;
const checksumOf = (digits) => crc32(digits).toString(16).padStart(8, '0');
//# sourceMappingURL=commit-mark.js.map