import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FlowiseBehaviour } from '../flowise-behaviours.js';
import { pushBounded } from './bounded.js';
import { ChatMessagesRoute, filterOf } from './chat-messages.route.js';
import type { DoubleFlow } from './flow.js';
import type { FlowRunner } from './flow-runner.js';
import { sendError, sendJson } from './json-answers.js';
import { readPrediction } from './prediction.js';
import { PredictionsRoute } from './predictions.route.js';
import {
  recordPrediction,
  type RecordedAbort,
  type RecordedDeletion,
  type RecordedPrediction,
} from './recorded.js';

/** Flowise's paths, behind whatever path a proxy puts before them. */
const PATHS = {
  prediction: /\/api\/v1\/prediction\/([^/]+)$/,
  streaming: /\/api\/v1\/chatflows-streaming\/([^/]+)$/,
  abort: /\/api\/v1\/chatmessage\/abort\/([^/]+)\/([^/]+)$/,
  messages: /\/api\/v1\/chatmessage\/([^/]+)$/,
} as const;

/** Which call means what, and who has called. */
export class FlowiseRoutes {
  readonly apiKey = `key-${randomUUID()}`;
  readonly flows = new Map<string, DoubleFlow>();
  readonly requests: RecordedPrediction[] = [];
  readonly aborts: RecordedAbort[] = [];
  readonly deletions: RecordedDeletion[] = [];
  abortBehaviour: FlowiseBehaviour | undefined;
  deleteBehaviour: FlowiseBehaviour | undefined;
  private readonly predictions: PredictionsRoute;
  private readonly messages: ChatMessagesRoute;
  private arrived: (() => void)[] = [];

  constructor(runner: FlowRunner) {
    this.predictions = new PredictionsRoute(runner);
    this.messages = new ChatMessagesRoute(runner);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://flowise');
    const call = Object.entries(PATHS)
      .map(([name, pattern]) => ({ name, ids: pattern.exec(pathname)?.slice(1).map(decodeURIComponent) }))
      .find(({ ids }) => ids !== undefined);
    const [flowId = '', chatId = ''] = call?.ids ?? [];
    switch (`${request.method} ${call?.name}`) {
      case 'POST prediction':
        return this.predict(flowId, request, response);
      case 'GET streaming':
        return this.tellStreaming(flowId, response);
      case 'PUT abort':
        return this.abort(flowId, chatId, request, response);
      case 'GET messages':
        if (!this.hasKey(request)) return refuse(response);
        return this.messages.list(flowId, this.flows.has(flowId), searchParams, response);
      case 'DELETE messages':
        if (!this.hasKey(request)) return refuse(response);
        return this.remove(flowId, searchParams, request, response);
      default:
        response.writeHead(404).end();
    }
  }

  async request(index: number): Promise<RecordedPrediction> {
    for (;;) {
      const found = this.requests[index];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.arrived.push(resolve));
    }
  }

  private async predict(flowId: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
    pushBounded(this.requests, recordPrediction(flowId, body, request, response));
    for (const notify of this.arrived.splice(0)) notify();
    const prediction = readPrediction(flowId, body);
    await this.predictions.predict(this.flows.get(flowId), prediction, this.hasKey(request), response);
  }

  private tellStreaming(flowId: string, response: ServerResponse): void {
    const kind = this.flows.get(flowId)?.kind;
    if (kind === undefined) sendError(response, 500, `Chatflow ${flowId} not found`);
    else sendJson(response, 200, { isStreaming: kind !== 'nonStreaming' });
  }

  private async abort(
    flowId: string,
    chatId: string,
    { headers }: IncomingMessage,
    response: ServerResponse,
  ) {
    pushBounded(this.aborts, { flowId, chatId, headers });
    if (this.abortBehaviour === undefined) this.messages.abort(flowId, chatId, response);
    else await this.abortBehaviour(response);
  }

  private async remove(
    flowId: string,
    query: URLSearchParams,
    { headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const call = { flowId, ...filterOf(query), headers };
    if (this.deleteBehaviour !== undefined) {
      pushBounded(this.deletions, { ...call, affected: 0 });
      await this.deleteBehaviour(response);
      return;
    }
    const affected = this.messages.remove(flowId, this.flows.has(flowId), query, response);
    pushBounded(this.deletions, { ...call, affected });
  }

  private hasKey({ headers }: IncomingMessage): boolean {
    return headers.authorization === `Bearer ${this.apiKey}`;
  }
}

function refuse(response: ServerResponse): void {
  sendJson(response, 401, { error: 'Unauthorized Access' });
}
