import { Injectable } from '@nestjs/common';
import type { Principal } from '../../contract/principal.js';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { CallerStanding } from '../caller-standing.service.js';
import { ApiKeyAuthenticator } from '../api-keys/api-key.authenticator.js';
import { hashSecret, newSecret } from '../secret-hash.js';
import type { TicketHolder } from './stream-ticket.js';
import { StreamTicketStore } from './stream-ticket.store.port.js';

/** Between the answer that names it and the stream that is opened with it lies one request. */
const TICKET_LIFETIME_MS = 30_000;
/** Of one user, neither used nor expired. */
const MAX_OPEN_TICKETS = 500;
const TICKET_FORMAT = /^[\w-]{43}$/;

/** Tickets for the streams of turns: for clients that cannot send headers, in whose addresses no lasting credential may stand. */
@Injectable()
export class StreamTickets {
  constructor(
    private readonly store: StreamTicketStore,
    private readonly apiKeys: ApiKeyAuthenticator,
    private readonly standing: CallerStanding,
    private readonly clock: Clock,
  ) {}

  /**
   * @param turnId a turn that the caller may follow
   * @returns the ticket, which can't be had again
   * @throws AppError `rate_limited` when the user has too many that nobody has used
   */
  async make(
    caller: Principal,
    turnId: string,
  ): Promise<{ readonly ticket: string; readonly expiresAt: Date }> {
    const now = this.clock.now();
    const open = await this.store.countOf(caller.userId, new Date(now), MAX_OPEN_TICKETS);
    if (open >= MAX_OPEN_TICKETS)
      throw errors.rateLimited(TICKET_LIFETIME_MS / 1000, 'You have too many tickets that nobody has used.');
    const ticket = newSecret();
    const expiresAt = new Date(now + TICKET_LIFETIME_MS);
    await this.store.insert({ hash: hashSecret(ticket), turnId, holder: holderOf(caller), expiresAt });
    return { ticket, expiresAt };
  }

  /**
   * Uses a ticket up, also one that is not good for this.
   * @returns whom it stands for, with the rights of now
   * @throws AppError `unauthenticated` when it is unknown, used, expired or for another turn, or its holder's key or sign-in has ended; `account_disabled`
   */
  async use(ticket: string, turnId: string): Promise<Principal> {
    const found = TICKET_FORMAT.test(ticket) ? await this.store.take(hashSecret(ticket)) : undefined;
    if (found?.turnId !== turnId || found.expiresAt.getTime() <= this.clock.now()) throw refused();
    const { apiKeyHash } = found.holder;
    const principal = apiKeyHash === undefined ? found.holder : await this.apiKeys.standsFor(apiKeyHash);
    if (principal === undefined) throw refused();
    return this.standing.of(principal);
  }
}

function holderOf({ userId, tenantId, accountId, roles, ...rest }: Principal): TicketHolder {
  const { issuer, subject, externalName, issuedAt, loginId, issuerSession, apiKeyHash } = rest;
  return {
    userId,
    tenantId,
    accountId,
    roles,
    ...(issuer === undefined ? {} : { issuer }),
    ...(subject === undefined ? {} : { subject }),
    ...(externalName === undefined ? {} : { externalName }),
    ...(issuedAt === undefined ? {} : { issuedAt }),
    ...(loginId === undefined ? {} : { loginId }),
    ...(issuerSession === undefined ? {} : { issuerSession }),
    ...(apiKeyHash === undefined ? {} : { apiKeyHash }),
  };
}

function refused() {
  return errors.unauthenticated(
    'The ticket is not valid: it may have been used, or be older than half a minute.',
  );
}
