import { type Connection } from './sqlite-connection.js';
/** What was written and is not in the file yet; also what was overwritten or deleted since it was emptied last. */
export declare class WriteAheadLog {
    private readonly connection;
    private readonly checkpoint;
    /** To be set behind every write. From the start on: a process that died has left its log. */
    isUsed: boolean;
    constructor(connection: Connection);
    /**
     * Brings everything into the file, and leaves nothing beside it. Not in a transaction.
     * @returns false when somebody reads from it, as a backup does
     * @throws WriteFailedError
     */
    empty(): boolean;
}
