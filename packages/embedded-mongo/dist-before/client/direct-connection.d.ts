import { type NetConnectOpts } from 'node:net';
import { type Document } from 'bson';
/** Nobody knows whether the commands that were under way have run. */
export declare class DatabaseConnectionLost extends Error {
    readonly name = "DatabaseConnectionLost";
}
/**
 * A connection to the embedded database for those commands of its own process that are too frequent for a driver's sessions, pools and
 * monitoring. Connects when it is first used, and again after it was lost.
 */
export declare class DirectConnection {
    private readonly address;
    private socket;
    private readonly waiting;
    private lastId;
    private closed;
    constructor(address: NetConnectOpts);
    /**
     * Commands run in the order in which they were given; members that are undefined are left out.
     * @param command its first member is the command's name; with `$db`
     * @returns the reply, whether `ok` or not
     * @throws Error when the connection is lost or closed: then nobody knows whether the command ran; RangeError for one above 48 MB, or with a document above 17 MB, which is not sent
     */
    run(command: Document): Promise<Document>;
    close(): void;
    private open;
    private answer;
    private fail;
}
