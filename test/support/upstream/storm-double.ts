import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { sse } from './behaviours.js';
import { pushBounded } from './flowise-double/bounded.js';
import { sendJson } from './flowise-double/json-answers.js';
import type { Gate } from './gate.js';
import type { RecordedRequest } from './replay-server.js';
import { StormThreads, type ThreadEntry } from './storm-threads.js';

/** What a server knows when it answers. */
export interface StormContext {
  readonly question: string;
  readonly threadId: string;
  /** What the thread remembers, oldest first. */
  readonly history: readonly ThreadEntry[];
}

/** How it answers. */
export interface StormScript {
  /** The pieces of an answer. Unset: it repeats the question, and asked `What did I say?` tells all that its thread remembers. */
  readonly answer?: (context: StormContext) => readonly string[];
  /** Each piece and then the end waits for a pass; unset: they come at once. */
  readonly gate?: Gate;
  /** The documents it has found, as Storm tells them. */
  readonly contexts?: readonly unknown[];
}

/** An HTTP error, or an error inside the stream behind so many pieces. Nothing is remembered of what failed. */
export type StormFailure = { readonly status: number } | { readonly afterPieces: number };

/** A Storm server with its state: threads that it opens itself, and remembers. */
export interface StormDouble {
  readonly url: string;
  /** The last requests, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** The ids of all threads that it knows, in the order in which they were opened. */
  readonly threadIds: readonly string[];
  threadOf(threadId: string): readonly ThreadEntry[] | undefined;
  /** Every thread is unknown from now on. */
  forgetThreads(): void;
  /** The next request fails; unset: with HTTP 500. Called again, the one after it fails too. */
  failNext(failure?: StormFailure): void;
  answerWith(script: StormScript): void;
  /** The request with this index (from 0), as soon as it has come. */
  request(index: number): Promise<RecordedRequest>;
  /** When nothing is being answered any more. */
  whenIdle(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server on a free port of the loopback. @param apiKey what each request must carry; unset: nothing */
export async function startStormDouble({ apiKey }: { readonly apiKey?: string } = {}): Promise<StormDouble> {
  const storm = new StormServer(apiKey);
  const server = createServer((request, response) => {
    storm.handle(request, response).catch((error: unknown) => {
      response.destroy(error as Error);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { requests, threads } = storm;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get threadIds() {
      return threads.ids();
    },
    threadOf: (threadId) => threads.find(threadId),
    forgetThreads: () => {
      threads.forget();
    },
    failNext: (failure = { status: 500 }) => void storm.failures.push(failure),
    answerWith: (script) => void (storm.script = script),
    request: (index) => storm.request(index),
    whenIdle: () => storm.whenIdle(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      storm.closing.abort();
      server.closeAllConnections();
      await storm.whenIdle();
      await closed;
    },
  };
}

interface Answering {
  readonly context: StormContext;
  readonly script: StormScript;
  readonly failure: StormFailure | undefined;
  /** For each piece, as it comes. */
  readonly take: (piece: string) => void;
}

class StormServer {
  readonly threads = new StormThreads();
  readonly requests: RecordedRequest[] = [];
  readonly failures: StormFailure[] = [];
  readonly closing = new AbortController();
  script: StormScript = {};
  private readonly running = new Set<Promise<unknown>>();
  private arrived: (() => void)[] = [];

  constructor(private readonly apiKey: string | undefined) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const recorded = await this.record(request, response);
    const { path, headers, method, body } = recorded;
    const streams = path.endsWith('/api/v2/answer/stream');
    if (method !== 'POST' || !(streams || path.endsWith('/api/v2/answer'))) {
      return refuse(response, 404, 'NOT_FOUND', 'No such route.');
    }
    if (this.apiKey !== undefined && headers['storm-api-key'] !== this.apiKey) {
      return refuse(response, 401, 'UNAUTHORIZED', 'The API key is not valid.');
    }
    const failure = this.failures.shift();
    if (failure !== undefined && 'status' in failure) {
      return refuse(response, failure.status, 'INTERNAL_SERVER_ERROR', 'secret message');
    }
    const threadId = typeof body.threadId === 'string' ? body.threadId : this.threads.open();
    const history = this.threads.find(threadId);
    if (history === undefined) return refuse(response, 404, 'NOT_FOUND', `There is no thread ${threadId}.`);
    const context = { question: String(body.question), threadId, history: [...history] };
    const work = (streams ? this.stream : this.document).call(this, context, failure, response);
    this.running.add(work);
    await work.finally(() => this.running.delete(work));
  }

  async whenIdle(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled(this.running);
  }

  async request(index: number): Promise<RecordedRequest> {
    for (;;) {
      const found = this.requests[index];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.arrived.push(resolve));
    }
  }

  /** Shape B: pieces, documents, the final event. */
  private async stream(context: StormContext, failure: StormFailure | undefined, response: ServerResponse) {
    const { script } = this;
    const ids = { id: this.threads.nextId(), task_id: `task-${this.requests.length}`, model: 'storm-1' };
    const write = (event: object): void => {
      if (!response.destroyed) response.write(sse(event));
    };
    const succeed = (data: object): void => {
      write({ status: 'success', data });
    };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    const { threadId } = context;
    const take = (content: string): void => {
      succeed({ ...ids, threadId, message: { content } });
    };
    try {
      await this.answer({ context, script, failure, take });
      if (script.contexts !== undefined) succeed({ contexts: script.contexts });
      succeed({ is_final_event: true });
    } catch (error) {
      write({ status: 'error', error: { code: 'INTERNAL_SERVER_ERROR', message: (error as Error).message } });
    }
    response.end();
  }

  private async document(context: StormContext, failure: StormFailure | undefined, response: ServerResponse) {
    const { script } = this;
    const { question, threadId } = context;
    try {
      const answer = await this.answer({ context, script, failure, take: () => {} });
      const createdAt = '2026-01-01T00:00:00.000Z';
      const chat = { id: this.threads.nextId(), threadId, question, answer, createdAt, status: 'SUCCESS' };
      const data = { chat: { ...chat, updatedAt: createdAt }, contexts: script.contexts ?? [] };
      sendJson(response, 200, { status: 'success', data });
    } catch (error) {
      refuse(response, 500, 'INTERNAL_SERVER_ERROR', (error as Error).message);
    }
  }

  /** To its end, though the client may have left: nobody says whether a closed connection stops a Storm server. */
  private async answer({ context, script, failure, take }: Answering): Promise<string> {
    const pieces = (script.answer ?? rememberingAnswer)(context);
    const good = failure !== undefined && 'afterPieces' in failure ? failure.afterPieces : pieces.length;
    for (const piece of pieces.slice(0, good)) {
      await this.pass(script.gate);
      take(piece);
    }
    if (failure !== undefined) throw new Error('secret message');
    await this.pass(script.gate);
    const answer = pieces.join('');
    this.threads.remember(context.threadId, { question: context.question, answer });
    return answer;
  }

  private async pass(gate: Gate | undefined): Promise<void> {
    if (gate === undefined) await setImmediate();
    else await gate.wait(this.closing.signal);
    if (this.closing.signal.aborted) throw new Error('The server has closed.');
  }

  private async record(request: IncomingMessage, response: ServerResponse): Promise<RecordedRequest> {
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const recorded: RecordedRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
      clientLeft: false,
      closed: closed.then(() => void (recorded.clientLeft = !response.writableFinished)),
    };
    pushBounded(this.requests, recorded);
    for (const notify of this.arrived.splice(0)) notify();
    return recorded;
  }
}

const rememberingAnswer = ({ question, history }: StormContext): readonly string[] => {
  if (!/what did (i|we|you) say|remember/i.test(question)) return ['You said: ', question];
  if (history.length === 0) return ['I remember ', 'nothing.'];
  return [
    'I remember: ',
    ...history.map((entry) => `you said "${entry.question}"; I said "${entry.answer}"; `),
  ];
};

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, { status: 'error', error: { code, message } });
}
