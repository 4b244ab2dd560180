import type { Principal } from '../../contract/principal.js';
import type { ApiKeyAuthenticator } from '../api-keys/api-key.authenticator.js';
import type { CallerStanding } from '../caller-standing.service.js';
import type { StreamTicket } from './stream-ticket.js';
import { StreamTicketStore } from './stream-ticket.store.port.js';
import { StreamTickets } from './stream-tickets.service.js';

const NOW = Date.parse('2026-01-31T12:00:00.000Z');
const ADA: Principal = {
  userId: 'ada',
  tenantId: 'default',
  accountId: 'account',
  roles: ['user'],
  accessToken: 'a secret',
  email: 'ada@example.com',
  loginId: 'login',
  issuedAt: NOW,
};

class MemoryTickets extends StreamTicketStore {
  readonly tickets = new Map<string, StreamTicket>();
  count = 0;

  insert(ticket: StreamTicket): Promise<void> {
    this.tickets.set(ticket.hash, ticket);
    return Promise.resolve();
  }
  countOf(): Promise<number> {
    return Promise.resolve(this.count);
  }
  removeAllOf(): Promise<void> {
    this.tickets.clear();
    return Promise.resolve();
  }
  take(hash: string): Promise<StreamTicket | undefined> {
    const found = this.tickets.get(hash);
    this.tickets.delete(hash);
    return Promise.resolve(found);
  }
}

describe('StreamTickets', () => {
  let now: number;
  let store: MemoryTickets;
  let tickets: StreamTickets;
  beforeEach(() => {
    now = NOW;
    store = new MemoryTickets();
    tickets = new StreamTickets(
      store,
      { standsFor: () => Promise.resolve(undefined) } as unknown as ApiKeyAuthenticator,
      { of: (principal: Principal) => Promise.resolve(principal) } as CallerStanding,
      { now: () => now },
    );
  });

  it('keeps neither the ticket nor the credential', async () => {
    const { ticket } = await tickets.make(ADA, 'turn');
    const kept = JSON.stringify([...store.tickets.values()]);
    for (const secret of [ticket, 'a secret', 'ada@example.com']) expect(kept).not.toContain(secret);
  });

  it('refuses a ticket from the moment that it says', async () => {
    const { ticket, expiresAt } = await tickets.make(ADA, 'turn');
    now = expiresAt.getTime();
    await expect(tickets.use(ticket, 'turn')).rejects.toMatchObject({ code: 'unauthenticated' });
    const { ticket: next, expiresAt: end } = await tickets.make(ADA, 'turn');
    now = end.getTime() - 1;
    expect(await tickets.use(next, 'turn')).toMatchObject({
      userId: 'ada',
      loginId: 'login',
      roles: ['user'],
    });
  });

  it('makes no more for whoever uses none', async () => {
    store.count = 500;
    await expect(tickets.make(ADA, 'turn')).rejects.toMatchObject({ code: 'rate_limited' });
  });
});
