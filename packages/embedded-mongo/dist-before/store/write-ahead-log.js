import { BUSY_TIMEOUT_MS, explained } from './sqlite-connection.js';
/** How long it waits for readers of other threads or processes, and everybody else along with it. */
const READER_PATIENCE_MS = 100;
/** What was written and is not in the file yet; also what was overwritten or deleted since it was emptied last. */
export class WriteAheadLog {
    connection;
    checkpoint;
    /** To be set behind every write. From the start on: a process that died has left its log. */
    isUsed = true;
    constructor(connection) {
        this.connection = connection;
        this.checkpoint = connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').raw(true);
    }
    /**
     * Brings everything into the file, and leaves nothing beside it. Not in a transaction.
     * @returns false when somebody reads from it, as a backup does
     * @throws WriteFailedError
     */
    empty() {
        this.connection.exec(`PRAGMA busy_timeout=${READER_PATIENCE_MS}`);
        try {
            const [busy] = explained(() => this.checkpoint.get([]));
            if (busy === 0)
                this.isUsed = false;
            return busy === 0;
        }
        finally {
            this.connection.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
        }
    }
}
//# sourceMappingURL=write-ahead-log.js.map