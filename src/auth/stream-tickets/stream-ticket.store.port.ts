import type { StreamTicket } from './stream-ticket.js';

/** Where tickets live until they are used or have expired, for all instances. */
export abstract class StreamTicketStore {
  abstract insert(ticket: StreamTicket): Promise<void>;
  /** How many tickets of this user are neither used nor expired; no more than `most` are counted. */
  abstract countOf(userId: string, now: Date, most: number): Promise<number>;
  /** Removes it: of any number of callers, on all instances, exactly one gets it. */
  abstract take(hash: string): Promise<StreamTicket | undefined>;
  abstract removeAllOf(userId: string): Promise<void>;
}
