import type { StreamTicket } from '../../src/auth/stream-tickets/stream-ticket.js';
import { AUTH_MODELS } from '../../src/persistence/auth/index.js';
import { MongooseStreamTicketStore } from '../../src/persistence/auth/mongoose-stream-ticket.store.js';
import { STREAM_TICKET_MODEL } from '../../src/persistence/auth/stream-ticket.schema.js';
import { openTestDatabase } from './support/test-database.js';

// So late that the database lets none expire.
const at = (seconds: number) => new Date(Date.UTC(2126, 0, 31, 12, 0, seconds));
const ticket = (hash: string, userId: string, seconds = 30): StreamTicket => ({
  hash,
  turnId: `turn-of-${hash}`,
  holder: { userId, tenantId: 'default', accountId: 'account', roles: ['user'] },
  expiresAt: at(seconds),
});

describe('StreamTicketStore: on mongoose', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let store: MongooseStreamTicketStore;
  beforeAll(async () => {
    database = await openTestDatabase(AUTH_MODELS);
    store = new MongooseStreamTicketStore(database.model(STREAM_TICKET_MODEL));
  });
  afterAll(() => database.close());

  it('gives a ticket back just as it was stored, to one of many who take it at once', async () => {
    const full: StreamTicket = {
      ...ticket('full', 'ada'),
      holder: {
        ...ticket('full', 'ada').holder,
        issuer: 'issuer',
        subject: 'subject',
        externalName: 'a name',
        issuedAt: 1,
        loginId: 'login',
        issuerSession: 'session',
        apiKeyHash: 'hash of a key',
      },
    };
    for (const stored of [full, ticket('plain', 'ada')]) {
      await store.insert(stored);
      const taken = await Promise.all(Array.from({ length: 20 }, () => store.take(stored.hash)));
      expect(taken.filter((one) => one !== undefined)).toEqual([stored]);
    }
    expect(await store.take('unknown')).toBeUndefined();
  });

  it('counts the tickets of a user that have not expired, up to a number', async () => {
    for (const seconds of [10, 20, 30, 40]) await store.insert(ticket(`bob-${seconds}`, 'bob', seconds));
    await store.insert(ticket('eve', 'eve'));
    expect(await store.countOf('bob', at(20), 10)).toBe(2);
    expect(await store.countOf('bob', at(0), 3)).toBe(3);
    expect(await store.countOf('nobody', at(0), 3)).toBe(0);
    await store.removeAllOf('bob');
    expect([await store.countOf('bob', at(0), 10), await store.countOf('eve', at(0), 10)]).toEqual([0, 1]);
  });
});
