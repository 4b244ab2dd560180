import { setTimeout as delay } from 'node:timers/promises';
import type { ClientSetup } from './dialects/dialect-client.js';
import type { EventStream, StreamEvent } from './event-stream.js';
import { readTurn, type SeenTurn } from './read-turn.js';
import type { StartOptions } from '../../src/bootstrap.js';
import { startTestServer, type TestServer, type TestUser } from './test-server.js';
import { startFlowiseUpstream, type FlowiseUpstream } from './upstream/flowise-upstream.js';

/** After this a turn that still runs will not end by itself. */
const PATIENCE_MS = 60_000;
const POLL_MS = 20;

/** Everything that is stored of a turn, as its user finds it. */
export interface StoredTurn {
  readonly status: string;
  readonly errorCode: string | undefined;
  readonly captured: number;
  /** `role status content` of each message of the turn. */
  readonly messages: readonly string[];
  /** Kinds of its ledger rows, oldest first. */
  readonly rows: readonly string[];
  readonly balance: { readonly available: number; readonly held: number };
}

/** One way to ask; everything has a default. */
export interface Question {
  readonly chatflowId?: string;
  readonly question?: string;
  readonly sessionId?: string;
  readonly key?: string;
  readonly user?: TestUser;
  readonly signal?: AbortSignal;
}

/** A server in front of a Flowise that does as it is told, and a user who asks. */
export class TurnWorld {
  private constructor(
    private current: TestServer,
    readonly upstream: FlowiseUpstream,
    readonly user: TestUser,
    /** The server's settings. */
    readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(
    env: Readonly<Record<string, string>> = {},
    options: StartOptions = {},
  ): Promise<TurnWorld> {
    const upstream = await startFlowiseUpstream();
    const settings = {
      FLOWISE_API_URL: upstream.url,
      FLOWISE_API_KEY: upstream.apiKey,
      DEFAULT_CHATFLOW: 'flow',
      STORM_CHATFLOW: 'flow',
      TURNS_PER_MINUTE: '1000000',
      CONCURRENT_TURNS: '1000000',
      ...env,
    };
    const server = await startTestServer(settings, options);
    const world = new TurnWorld(server, upstream, await server.registerUser(), settings);
    await world.putChatflow('flow');
    return world;
  }

  get server(): TestServer {
    return this.current;
  }

  /** Another process with the same data; the world must have been started with a `DATA_DIR`. */
  async restart(): Promise<void> {
    await this.current.close();
    this.current = await startTestServer(this.env);
  }

  /** What a client of one of the dialects needs to know. */
  setupOf({ userId, token }: TestUser = this.user): ClientSetup {
    return { url: this.server.url, userId, token, chatflowId: 'flow' };
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.upstream.close();
  }

  /** A public flow of the upstream for 1 credit, with these changes. */
  async putChatflow(id: string, changes: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const { token } = await this.server.admin();
    this.upstream.addFlow(id);
    const { status, text } = await this.server.request
      .put(`/chatflows/${id}`)
      .auth(token, { type: 'bearer' })
      .send({
        name: id,
        provider: 'flowise',
        upstream: { flowId: id },
        price: { credits: 1 },
        access: { public: true },
        ...changes,
      });
    if (status > 201) throw new Error(`PUT /chatflows/${id}: ${status} ${text}`);
  }

  /** Resolves with the headers, before the first event. */
  ask({
    chatflowId = 'flow',
    question = 'Hi',
    sessionId,
    key,
    user = this.user,
    signal,
  }: Question = {}): Promise<EventStream> {
    return this.server.stream('/predict/stream/store', {
      token: user.token,
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
      body: { chatflow_id: chatflowId, question, ...(sessionId === undefined ? {} : { sessionId }) },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** Asks and reads to the end. */
  async askWhole(question: Question = {}): Promise<SeenTurn> {
    return readWhole(await this.ask(question));
  }

  /** Deletes a session. @returns the status, and what has become of the upstream's memory */
  async deleteSession(sessionId: string, user = this.user): Promise<readonly [number, string | undefined]> {
    const { status, headers } = await this.server.request
      .delete(`/sessions/${sessionId}`)
      .auth(user.token, { type: 'bearer' });
    return [status, headers['x-upstream-memory']];
  }

  /** Waits until the turn has ended. */
  async stored(turnId: string, user = this.user): Promise<StoredTurn> {
    const deadline = Date.now() + PATIENCE_MS;
    let turn = await this.server.read(`/turns/${turnId}`, user.token);
    while (turn.status === 'running') {
      if (Date.now() > deadline) throw new Error(`Turn ${turnId} does not end`);
      await delay(POLL_MS);
      turn = await this.server.read(`/turns/${turnId}`, user.token);
    }
    return storedTurn(
      turn,
      (path) => this.server.read(path, user.token),
      async (path) => {
        const { body, status } = await this.server.request.get(path).auth(user.token, { type: 'bearer' });
        return status === 404 ? [] : (body.data as Record<string, unknown>[]);
      },
    );
  }

  /** The books once no credits are on hold any more, or as they are when that does not come to be. */
  async booksAtRest(): Promise<Record<string, unknown>> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const books = await this.reconciliation();
      if (books.openHolds === 0 || Date.now() > deadline) return books;
      await delay(POLL_MS);
    }
  }

  /** The books must be in order whatever has happened. */
  async reconciliation(): Promise<Record<string, unknown>> {
    return this.server.read('/accounting/reconciliation', (await this.server.admin()).token);
  }
}

/** Reads a stream of the predict dialect to its end. */
export async function readWhole(stream: EventStream): Promise<SeenTurn> {
  return seenIn(await stream.events());
}

/** What a client has seen in these events. */
export function seenIn(events: readonly StreamEvent[]): SeenTurn {
  return readTurn(events.map(({ id, data = '' }) => ({ id, data })));
}

async function storedTurn(
  turn: Record<string, unknown>,
  read: (path: string) => Promise<Record<string, unknown>>,
  list: (path: string) => Promise<readonly Record<string, unknown>[]>,
): Promise<StoredTurn> {
  const ofTurn = ({ turnId }: Record<string, unknown>): boolean => turnId === turn.turnId;
  const messages = await list(`/sessions/${String(turn.sessionId)}/messages?limit=100`);
  const rows = await list('/accounting/transactions?limit=100');
  return {
    status: String(turn.status),
    errorCode: (turn.error as { code: string } | undefined)?.code,
    captured: (turn.charge as { captured: number }).captured,
    messages: messages
      .filter(ofTurn)
      .map(({ role, status, content }) => `${String(role)} ${String(status)} ${String(content)}`),
    rows: rows
      .filter(ofTurn)
      .map(({ kind }) => String(kind))
      .reverse(),
    balance: (await read('/accounting/balance')) as unknown as StoredTurn['balance'],
  };
}
