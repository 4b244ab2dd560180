import { createHash } from 'node:crypto';
import type { RawRecord } from '../../src/persistence/migrations/raw-record.js';
import { runMigrations } from '../../src/persistence/migrations/run-migrations.js';
import { collectionsOf, TestDatabase } from './old-database.js';

const NOW = new Date('2027-03-01T12:00:00Z');
const RETENTION_DAYS = 30;
const RANDOM_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

type Entry = RawRecord & { readonly kind: string; readonly amount: number; readonly turnId?: string };
type Account = RawRecord & {
  readonly available: number;
  readonly holds: readonly { readonly turnId: string; readonly amount: number }[];
  readonly outbox: readonly Entry[];
};

const before = new Map(
  collectionsOf('own-accounts').map(({ collection, documents }) => [collection, documents]),
);
const old = (name: string): readonly RawRecord[] => before.get(name) ?? [];
const byId = (records: readonly RawRecord[]) => new Map(records.map((record) => [record._id, record]));

describe('a database of our own users, killed under load', () => {
  let database: TestDatabase;
  const lines: string[] = [];
  const now = new Map<string, RawRecord[]>();
  const all = (name: string): RawRecord[] => now.get(name) ?? [];

  beforeAll(async () => {
    database = await TestDatabase.of('own-accounts');
    await runMigrations(database.db, 'test', {
      settings: { issuer: undefined, stormUrl: undefined, turnRetentionMs: RETENTION_DAYS * 86_400_000 },
      alone: true,
      say: (line) => lines.push(line),
      batchSize: 50,
      now: NOW,
      progressEvery: 100,
    });
    for (const { name } of await database.db.listCollections({}, { nameOnly: true }).toArray())
      now.set(name, await database.all(name));
  });
  afterAll(() => database.remove());

  const accountOf = (userId: unknown): string => String(byId(all('users')).get(String(userId))?.accountId);

  it('says how far it is, and that nothing was lost', () => {
    expect(lines).toContain('ledger: 100 of about ' + old('credit_transactions').length);
    expect(lines.filter((line) => line.includes('WRONG'))).toEqual([]);
    expect(lines).toContain(`  right  turns: ${old('turns').length} before, ${old('turns').length} after`);
  });

  it('names the tenant on every record', () => {
    const names = [...before.keys()].filter((name) => name !== 'storm_threads');
    for (const name of names) expect(all(name).filter(({ tenantId }) => tenantId !== 'default')).toEqual([]);
  });

  it('gives every user an account with a random id, and leaves the rest of the user alone', () => {
    const accountIds = all('users').map(({ accountId }) => String(accountId));
    expect(new Set(accountIds).size).toBe(old('users').length);
    for (const id of accountIds) expect(id).toMatch(RANDOM_UUID);
    const rest = all('users').map(({ accountId: _, tenantId: __, ...user }) => user);
    expect(rest).toEqual(old('users'));
    expect(all('user_identities')).toEqual([]);
  });

  it('keeps what every account has, holds and has yet to write down', () => {
    const accounts = byId(all('credit_accounts'));
    expect(accounts.size).toBe(old('credit_accounts').length);
    for (const account of old('credit_accounts') as Account[]) {
      const { _id: userId, outbox, ...fields } = account;
      const migrated = accounts.get(accountOf(userId)) as Account;
      const { _id: _, tenantId: __, outbox: entries, ...rest } = migrated;
      expect(rest).toEqual(fields);
      expect(entries.map(({ kind, amount, turnId }) => [kind, amount, turnId])).toEqual(
        outbox.map(({ kind, amount, turnId }) => [kind, amount, turnId]),
      );
    }
  });

  it('names rows and entries by turn, account and kind, or by account and key', () => {
    const outboxes = (all('credit_accounts') as Account[]).flatMap(({ _id, outbox }) =>
      outbox.map((entry) => ({ ...entry, owner: _id })),
    );
    const rows = all('credit_transactions') as Entry[];
    for (const entry of [...rows, ...outboxes] as (Entry & { owner?: string })[]) {
      const { _id, accountId, turnId, kind } = entry;
      expect(entry).not.toHaveProperty('userId');
      expect(entry.owner ?? accountId).toBe(accountId);
      if (turnId !== undefined) expect(_id).toBe(`${turnId}:${String(accountId)}:${kind}`);
      else
        expect(_id).toMatch(
          new RegExp(`^(signup:${String(accountId)}|${kind}:(${String(accountId)}:.+|[^:]+))$`),
        );
    }
    const first = old('users').find(({ email }) => email === 'user-0@example.com');
    const keyed = old('credit_transactions').filter(({ _id }) => _id.startsWith(`grant:${first?._id}:`));
    expect(keyed.length).toBeGreaterThan(0);
    for (const { _id } of keyed)
      expect(byId(rows).has(_id.replace(String(first?._id), accountOf(first?._id)))).toBe(true);
  });

  it('keeps the books: what an account is worth is what its rows and its outbox say', () => {
    const rows = all('credit_transactions') as Entry[];
    for (const { _id, available, holds, outbox } of all('credit_accounts') as Account[]) {
      const own = rows.filter(({ accountId }) => accountId === _id);
      const entries = [...byId([...own, ...outbox]).values()] as Entry[];
      const worth = entries.reduce(
        (sum, { kind, amount }) =>
          sum + (kind === 'grant' || kind === 'adjust' ? amount : kind === 'capture' ? -amount : 0),
        0,
      );
      expect(available + holds.reduce((sum, { amount }) => sum + amount, 0)).toBe(worth);
    }
  });

  it('keeps running turns running, with their leases and their holds', () => {
    const turns = byId(all('turns'));
    const running = old('turns').filter(({ status }) => status === 'running');
    expect(running.length).toBeGreaterThan(0);
    for (const { _id, lease, settlement, userId } of running) {
      expect(turns.get(_id)).toMatchObject({
        status: 'running',
        lease,
        userId,
        accountId: accountOf(userId),
      });
      expect(turns.get(_id)?.settlement).toEqual(settlement);
      expect(turns.get(_id)).not.toHaveProperty('expiresAt');
    }
    const holds = (all('credit_accounts') as Account[]).flatMap((account) =>
      account.holds.map(({ turnId }) => ({ turnId, accountId: account._id })),
    );
    expect(holds.length).toBeGreaterThan(0);
    for (const { turnId, accountId } of holds)
      expect(turns.get(turnId)).toMatchObject({ accountId, status: 'running' });
  });

  it('keeps keys as hashes, one turn each, and lets ended turns go after the retention', () => {
    const turns = byId(all('turns'));
    for (const turn of old('turns')) {
      const migrated = turns.get(turn._id);
      expect(migrated).not.toHaveProperty('idempotencyKey');
      const key = turn.idempotencyKey as string | undefined;
      const hash = key === undefined ? undefined : createHash('sha256').update(key).digest('base64url');
      expect(migrated?.keyHash).toBe(hash);
      if (turn.status !== 'running')
        expect(migrated?.expiresAt).toEqual(new Date(NOW.getTime() + RETENTION_DAYS * 86_400_000));
    }
  });

  it('puts each turn where its question is, or would be', () => {
    const messages = byId(all('chat_messages'));
    for (const { _id, sessionId, userMessageId, position, startedAt } of all('turns')) {
      const question = messages.get(String(userMessageId));
      const inSession = all('chat_messages').filter((message) => message.sessionId === sessionId);
      const earlier = inSession.filter(({ createdAt }) => (createdAt as Date) < (startedAt as Date)).length;
      expect([_id, position]).toEqual([_id, question?.position ?? earlier]);
    }
    expect(all('turns').some(({ status }) => status === 'failed')).toBe(true);
  });

  it('chains the messages of each session and names its last', () => {
    const sessions = all('chat_sessions');
    const turns = byId(all('turns'));
    expect(sessions.length).toBe(old('chat_sessions').length);
    for (const {
      _id,
      userId,
      sessionId,
      lastMessageId,
      supersededCount,
      messageCount,
      lastTurnId,
    } of sessions) {
      expect(_id).toBe(`${String(userId)}/${String(sessionId)}`);
      expect(supersededCount).toBe(0);
      const messages = all('chat_messages')
        .filter((message) => message.sessionId === sessionId && message.userId === userId)
        .sort((a, b) => Number(a.position) - Number(b.position));
      expect(messages.map(({ parentId }) => parentId)).toEqual(
        messages.length === 0 ? [] : [null, ...messages.slice(0, -1).map((message) => message._id)],
      );
      // A settlement that was cut short has been counted; its messages come with its repetition.
      const isCutShort = Number(messageCount) > messages.length;
      if (isCutShort) expect(turns.get(String(lastTurnId))).toMatchObject({ status: 'running' });
      const last = isCutShort ? turns.get(String(lastTurnId))?.messageId : messages.at(-1)?._id;
      expect(lastMessageId).toBe(last);
    }
  });

  it('leaves no reference that leads nowhere', () => {
    const users = byId(all('users'));
    const turns = byId(all('turns'));
    for (const name of ['turns', 'chat_sessions', 'chat_messages', 'api_keys', 'assistant_tasks'])
      for (const { userId } of all(name)) expect(users.has(String(userId))).toBe(true);
    for (const { _id } of all('assistant_counters')) expect(users.has(_id)).toBe(true);
    expect(all('turn_checkpoints').length).toBe(old('turn_checkpoints').length);
    for (const { turnId, userId } of all('turn_checkpoints'))
      expect(turns.get(String(turnId))).toMatchObject({ userId });
    const accounts = byId(all('credit_accounts'));
    for (const { accountId } of all('turns')) expect(accounts.has(String(accountId))).toBe(true);
  });

  it('changes nothing else about turns, messages and tasks', () => {
    const without = (names: readonly string[]) => (record: RawRecord) =>
      Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
    const added = without(['tenantId', 'accountId', 'keyHash', 'idempotencyKey', 'position', 'expiresAt']);
    expect(all('turns').map(added)).toEqual(old('turns').map(added));
    const chained = without(['tenantId', 'parentId']);
    expect(all('chat_messages').map(chained)).toEqual(old('chat_messages').map(chained));
    expect(all('assistant_tasks').map(without(['tenantId']))).toEqual(old('assistant_tasks'));
  });

  it('drops the indexes that would be in the way of the new ones, and the collection of threads', async () => {
    const names = async (collection: string): Promise<string[]> =>
      Object.keys(await database.db.collection(collection).indexInformation());
    expect(await names('turns')).toEqual(['_id_', 'running_by_lease']);
    expect(await names('chat_messages')).toEqual(['_id_']);
    expect(await names('credit_transactions')).toEqual(['_id_']);
    expect(await names('users')).toEqual(['_id_']);
    expect(await names('chat_sessions')).toEqual(['_id_', 'by_user']);
    expect(now.has('storm_threads')).toBe(false);
  });
});
