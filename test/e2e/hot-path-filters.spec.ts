import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import {
  startEmbeddedProcess,
  type EmbeddedProcess,
} from '../../packages/embedded-mongo/test/support/embedded-process.js';
import { LedgerCheck } from '../../src/accounting/ledger/ledger-check.service.js';
import { TurnStore } from '../../src/chat/records/turn.store.port.js';
import { SearchCatchUp } from '../../src/chat/search/search-catch-up.service.js';
import { BranchReader } from '../support/branch-reader.js';
import { readWhole, TurnWorld } from '../support/turn-world.js';

type Command = Readonly<Record<string, unknown>>;
/** What was said is read back to be found, some time behind the turn. */
const INDEXING = '_id,userId';

interface Filtered {
  readonly collection: string;
  readonly fields: readonly string[];
  readonly filter: object;
  readonly sort?: object;
}

/** Those that a cluster sharded by user would have on the user's shard. */
const OF_USERS = [
  'turns',
  'turn_checkpoints',
  'chat_sessions',
  'chat_messages',
  'upstream_conversations',
  'search_entries',
  'attachments',
  'attachment_chunks',
];

/** What looks for work of all users: recovery, wishes to stop, upstreams that are to forget, what is to be found. None of it is on a turn's way. */
const FOR_ALL_USERS = [
  'status,lease.expiresAt,lease.owner',
  'stopRequested,lease.owner',
  'dueAt',
  'status,lease.expiresAt',
  'status,lease.expiresAt,lease.owner,lease.fence',
  '_id,role',
];

function filtersOf(command: Command): Filtered[] {
  if ('bulkWrite' in command) return filtersOfBulk(command);
  const collection = String(Object.values(command)[0]);
  const writes = (command.updates ?? command.deletes ?? []) as { readonly q: object }[];
  const stages = (command.pipeline ?? []) as { readonly $match?: object }[];
  const filters = [command.filter, command.query, ...writes.map(({ q }) => q), stages[0]?.$match];
  return filters
    .filter((filter) => filter !== undefined)
    .map((filter) => ({
      ...{ collection, fields: Object.keys(filter as object), filter: filter as object },
      ...(command.sort === undefined ? {} : { sort: command.sort as object }),
    }));
}

function filtersOfBulk(command: Command): Filtered[] {
  const namespaces = command.nsInfo as { readonly ns: string }[];
  return (command.ops as Command[])
    .filter(({ filter }) => filter !== undefined)
    .map(({ update, delete: deletes, filter }) => ({
      collection: namespaces[Number(update ?? deletes)]?.ns.split('.').at(-1) ?? '',
      fields: Object.keys(filter as object),
      filter: filter as object,
    }));
}

describe('what the product asks of a database of several users', () => {
  let dataDir: string;
  let database: EmbeddedProcess;
  let world: TurnWorld;
  const seen: Filtered[] = [];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-filters-'));
    database = await startEmbeddedProcess(dataDir);
    const uri = `${database.uri.replace(/\/$/, '')}/?monitorCommands=true`;
    world = await TurnWorld.start({ MONGODB_URI: uri });
    const connection = world.server.tollgate.app.get<Connection>(getConnectionToken(), { strict: false });
    connection.getClient().on('commandStarted', ({ command }) => seen.push(...filtersOf(command as Command)));
  });
  afterAll(async () => {
    await world.close();
    await database.kill('SIGTERM');
    await rm(dataDir, { recursive: true, force: true });
  });

  it('names the user in every filter, but where it looks for work of all users', async () => {
    const { server, user } = world;
    const call = async (method: 'get' | 'post' | 'delete' | 'patch', path: string, body?: object) =>
      server.request[method](path).auth(user.token, { type: 'bearer' }).send(body);
    await world.putChatflow('flow');
    await world.askWhole();
    const { turnId } = await world.askWhole({ sessionId: 'main', key: 'key' });
    await world.askWhole({ sessionId: 'main', key: 'key' });
    await world.askWhole({ sessionId: 'main', question: 'And then?' });
    const regenerate = { trigger: 'regenerate-message', chatflowId: 'flow' };
    const message = { role: 'user', parts: [{ type: 'text', text: 'And then?' }] };
    const anew = { method: 'POST', token: user.token, body: { id: 'main', message, ...regenerate } };
    expect(await (await server.stream('/api/chat', anew)).text()).toContain('"finish"');
    const sent = await server.request
      .post('/attachments?name=a.txt')
      .auth(user.token, { type: 'bearer' })
      .set('content-type', 'text/plain')
      .send('a file');
    const uploads = [{ attachmentId: String(sent.body.id) }];
    const withFile = { chatflow_id: 'flow', question: 'And this?', sessionId: 'main', uploads };
    expect((await call('post', '/predict', withFile)).status).toBe(200);
    expect((await call('get', `/attachments/${String(sent.body.id)}`)).status).toBe(200);
    await readWhole(await server.stream(`/turns/${turnId}/stream?after=3`, { token: user.token }));
    for (const path of ['/sessions', '/sessions/main', '/sessions/main/messages', '/sessions/main/export'])
      expect((await call('get', path)).status).toBe(200);
    expect((await call('patch', '/sessions/main', { topic: 'named' })).status).toBe(200);
    expect((await call('post', `/turns/${turnId}/stop`)).status).toBe(200);
    expect((await call('delete', '/sessions/main')).status).toBe(204);

    const ofUsers = seen.filter(({ collection }) => OF_USERS.includes(collection));
    const counts = OF_USERS.map((name) => [name, ofUsers.filter((one) => one.collection === name).length]);
    expect(counts.filter(([name, count]) => name !== 'turn_checkpoints' && Number(count) < 2)).toEqual([]);
    const others = ofUsers.filter(({ fields }) => !fields.includes('userId'));
    expect(others.filter(({ fields }) => !FOR_ALL_USERS.includes(fields.join()))).toEqual([]);
  });

  it('goes through no collection for it, neither at a start nor later', async () => {
    const { server, user } = world;
    await server.get(SearchCatchUp).run();
    await server.get(TurnStore).findTakenOver('nobody');
    await server.get(LedgerCheck).look();
    for (const path of ['/search?q=nothing', '/accounting/usage', '/accounting/transactions', '/turns'])
      await server.request.get(path).auth(user.token, { type: 'bearer' });
    const { db } = server.tollgate.app.get<Connection>(getConnectionToken(), { strict: false });
    const kinds = new Map(
      seen.map((one) => [[one.collection, ...one.fields, '|', ...Object.keys(one.sort ?? {})].join(), one]),
    );
    expect(kinds.size).toBeGreaterThan(40);
    const plans = await Promise.all(
      [...kinds].map(async ([kind, { collection, filter, sort = {} }]) => {
        const explained = await db?.command({
          explain: { find: collection, filter, sort },
          verbosity: 'queryPlanner',
        });
        return { kind, plan: JSON.stringify(explained?.queryPlanner.winningPlan) };
      }),
    );
    const whole = plans.filter(({ plan }) => plan.includes('COLLSCAN')).map(({ kind }) => kind);
    expect(whole).toEqual([]);
  });

  it('asks no more for a turn or a page because a session has branches, but for what they name', async () => {
    const reader = new BranchReader(world.server, world.user, 'branches');
    const asks = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
      const from = seen.length;
      await work();
      const asked = seen.slice(from).filter(({ fields }) => !fields.includes('lease.owner'));
      const messages = asked.filter(
        ({ collection, fields }) => collection === 'chat_messages' && fields.join() !== INDEXING,
      );
      const sessions = asked.filter(({ collection }) => collection === 'chat_sessions');
      return { messages: messages.length, sessions: sessions.length };
    };
    const one = await reader.ask('one');
    const atEnd = await asks(() => reader.ask('two', {}));
    const { messageId } = await reader.ask('three');
    expect(await asks(() => reader.ask('four', { parentId: messageId }))).toEqual(atEnd);
    const page = await asks(() => reader.page('limit=2'));
    expect(page).toEqual({ messages: 1, sessions: 1 });
    const elsewhere = await asks(() => reader.ask('another two', { parentId: one.messageId }));
    // The answer that it names, and what its upstream has to be told.
    expect(elsewhere).toEqual({ messages: Number(atEnd.messages) + 2, sessions: atEnd.sessions });
    for (let turn = 0; turn < 5; turn++) await reader.ask('again', { parentId: one.messageId });
    // The ids of siblings, and where the branch is.
    expect(await asks(() => reader.page('limit=100'))).toEqual({ messages: 2, sessions: 1 });
    expect(await asks(() => reader.page(`limit=100&branch=${messageId}`))).toEqual({
      messages: 3,
      sessions: 1,
    });
  });
});
