import type { Dispatcher } from 'undici';
import type { ProviderReport, ProviderRequest } from '../chat-provider.port.js';
import type { EventStream } from '../http/event-stream.js';
import { toHttpFailure } from '../http/http-failure.js';
import { toTransportFailure } from '../http/transport-failure.js';
import type { UpstreamAgent } from '../http/upstream-agent.service.js';
import type { UpstreamHttp } from '../http/upstream-http.service.js';
import { findStoredAnswer } from './flowise-chat-messages.js';
import { createFlowiseJsonDecoder } from './flowise-json.decoder.js';
import {
  abortPath,
  chatMessagesPath,
  flowHeaders,
  memoryPath,
  predictionBody,
  predictionPath,
  type FlowiseFlow,
  type FlowiseHumanInput,
  type FlowiseRun,
} from './flowise-request.js';
import type { FlowiseMemory } from './flowise-turn.js';
import { FlowiseDecoder } from './flowise.decoder.js';

/** A stop must not hold up the settlement of its turn. */
const ABORT_TIMEOUT_MS = 3000;
/** A run that was told to stop ends within this time, or goes on: then nobody waits for its end. */
const STOP_END_MS = 1000;
const FORGET_TIMEOUT_MS = 5000;
/** The answer was there a moment ago: looking it up must not keep its reader waiting for long. */
const LOOK_UP_TIMEOUT_MS = 5000;
const MAX_LOOK_UP_BYTES = 16 * 1024 * 1024;

/** Flowise's HTTP calls. */
export class FlowiseClient {
  constructor(
    private readonly http: UpstreamHttp,
    private readonly agent: UpstreamAgent,
  ) {}

  /**
   * The call is made when the stream is first read.
   * @param humanInput resumes the flow that waits in this run instead of asking it
   */
  predict(
    flow: FlowiseFlow,
    request: ProviderRequest,
    run: FlowiseRun,
    { report, memory }: { readonly report: ProviderReport; readonly memory: FlowiseMemory },
    signal: AbortSignal,
    humanInput?: FlowiseHumanInput,
  ): EventStream {
    return this.http.post(
      {
        address: flow,
        path: predictionPath(flow),
        headers: flowHeaders(flow),
        body: predictionBody(request, run, humanInput),
        lingerMs: STOP_END_MS,
        unrecordedTrace: request.unrecordedTrace,
        onAccepted: request.onAccepted,
        stream: () => new FlowiseDecoder(report, memory),
        document: () => {
          memory.whole = true;
          return createFlowiseJsonDecoder(report, memory);
        },
      },
      signal,
    );
  }

  /**
   * Whether Flowise took the request to stop, which it does for runs too that it does not stop, or does not know. Never throws; takes
   * three seconds at most.
   */
  async abort(flow: FlowiseFlow, runId: string): Promise<boolean> {
    try {
      const { statusCode, body } = await this.request(flow, 'PUT', abortPath(flow, runId), ABORT_TIMEOUT_MS);
      await body.dump();
      return statusCode >= 200 && statusCode < 300;
    } catch {
      // The receipt says that nobody acknowledged; the turn is stopped on our side either way.
      return false;
    }
  }

  /**
   * Has Flowise forget a conversation. Takes five seconds at most.
   * @throws AppError when it may remember it still
   */
  async forget(flow: FlowiseFlow, memoryId: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      const path = memoryPath(flow, memoryId);
      const { statusCode, headers, body } = await this.request(
        flow,
        'DELETE',
        path,
        FORGET_TIMEOUT_MS,
        signal,
      );
      await body.dump();
      // What is not there is forgotten.
      if (statusCode === 404 || (statusCode >= 200 && statusCode < 300)) return;
      throw toHttpFailure(statusCode, headers, '');
    } catch (error) {
      signal.throwIfAborted();
      throw toTransportFailure(error, false);
    }
  }

  /**
   * The text that Flowise has stored for an answer. Never throws; takes five seconds at most.
   * @returns `undefined` when there is none, or Flowise does not say
   */
  async findAnswer(
    flow: FlowiseFlow,
    chatId: string,
    messageId: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    try {
      const path = chatMessagesPath(flow, chatId);
      const { statusCode, body } = await this.request(flow, 'GET', path, LOOK_UP_TIMEOUT_MS, signal);
      if (statusCode !== 200) {
        await body.dump();
        return undefined;
      }
      const parts: Buffer[] = [];
      let bytes = 0;
      for await (const part of body as AsyncIterable<Buffer>) {
        bytes += part.length;
        if (bytes > MAX_LOOK_UP_BYTES) return undefined;
        parts.push(part);
      }
      return findStoredAnswer(JSON.parse(Buffer.concat(parts).toString('utf8')), messageId);
    } catch {
      // The turn counts as empty then, as it would without having asked.
      return undefined;
    }
  }

  private request(
    flow: FlowiseFlow,
    method: Dispatcher.HttpMethod,
    path: string,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const timeout = AbortSignal.timeout(timeoutMs);
    return this.agent.dispatcher.request({
      origin: flow.origin,
      path,
      method,
      headers: flowHeaders(flow),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }
}
