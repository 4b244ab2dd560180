import type { Executor } from './executor.js';
export type ServerAddress = {
    readonly path: string;
} | {
    readonly host: string;
    readonly port: number;
};
export interface WireServer {
    /** A connection string for drivers, without a database name. */
    readonly uri: string;
    /** The same for `net.connect`. */
    readonly address: ServerAddress;
    /** Stops listening and ends all connections. */
    close(): Promise<void>;
}
/**
 * Listens on a unix socket in the directory, which only this user may open; where that cannot be, on a free loopback port.
 * @param directory of this process alone: a socket that is there was left behind
 */
export declare function listen(executor: Executor, directory: string): Promise<WireServer>;
