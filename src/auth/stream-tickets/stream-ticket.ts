import type { Principal } from '../../contract/principal.js';

/** Who made a ticket. The access token is not kept. */
export type TicketHolder = Pick<
  Principal,
  | 'userId'
  | 'tenantId'
  | 'accountId'
  | 'issuer'
  | 'subject'
  | 'externalName'
  | 'roles'
  | 'issuedAt'
  | 'loginId'
  | 'issuerSession'
  | 'apiKeyHash'
>;

/** The right to open one turn's stream, once. */
export interface StreamTicket {
  /** SHA-256 of the ticket; unique. */
  readonly hash: string;
  readonly turnId: string;
  readonly holder: TicketHolder;
  readonly expiresAt: Date;
}

/** What stands in an address, instead of headers that a browser's `EventSource` cannot send. */
export const TICKET_PARAMETER = 'ticket';
