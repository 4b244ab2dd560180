import type { IncomingHttpHeaders } from 'node:http';
import type { UpstreamConfig } from '../../config/app-config.js';
import { errors } from '../../platform/errors/errors.js';
import type { ProviderReport, ProviderRequest } from '../chat-provider.port.js';
import { EventStream, type ResponseReading } from '../http/event-stream.js';
import { createHttpErrorDecoder } from '../http/http-failure.js';
import type { UpstreamAgent } from '../http/upstream-agent.js';
import { createFlowiseJsonDecoder } from './flowise-json.decoder.js';
import {
  abortPath,
  flowHeaders,
  predictionBody,
  predictionPath,
  type FlowiseFlow,
} from './flowise-request.js';
import { FlowiseDecoder } from './flowise.decoder.js';

/** A stop must not hold up the settlement of its turn. */
const ABORT_TIMEOUT_MS = 3000;
/** An HTTP error is known by its status; its body is only for the log. */
const ERROR_BODY_TIMEOUT_MS = 2000;

/** Flowise's HTTP calls. */
export class FlowiseClient {
  constructor(
    private readonly agent: UpstreamAgent,
    private readonly config: Pick<UpstreamConfig, 'headersTimeoutMs' | 'idleTimeoutMs'>,
  ) {}

  /** The call is made when the stream is first read. */
  predict(
    flow: FlowiseFlow,
    request: ProviderRequest,
    report: ProviderReport,
    signal: AbortSignal,
  ): EventStream {
    return new EventStream({
      dispatcher: this.agent.dispatcher,
      signal,
      request: {
        origin: flow.origin,
        path: predictionPath(flow),
        method: 'POST',
        headers: {
          ...flowHeaders(flow),
          'content-type': 'application/json',
          accept: 'text/event-stream, application/json',
        },
        body: predictionBody(request),
        // The stream watches for silence itself, between events and more exactly; this is the net below it.
        headersTimeout: this.config.headersTimeoutMs,
        bodyTimeout: this.config.idleTimeoutMs,
      },
      headersTimeoutMs: this.config.headersTimeoutMs,
      read: (status, headers) => this.chooseReading(status, headers, report),
    });
  }

  /** Whether Flowise accepted the request to stop. Never throws; takes three seconds at most. */
  async abort(flow: FlowiseFlow, chatId: string): Promise<boolean> {
    try {
      const { statusCode, body } = await this.agent.dispatcher.request({
        origin: flow.origin,
        path: abortPath(flow, chatId),
        method: 'PUT',
        headers: flowHeaders(flow),
        signal: AbortSignal.timeout(ABORT_TIMEOUT_MS),
        headersTimeout: ABORT_TIMEOUT_MS,
        bodyTimeout: ABORT_TIMEOUT_MS,
      });
      await body.dump();
      return statusCode >= 200 && statusCode < 300;
    } catch {
      // The receipt says that nobody acknowledged; the turn is stopped on our side either way.
      return false;
    }
  }

  private chooseReading(
    status: number,
    headers: IncomingHttpHeaders,
    report: ProviderReport,
  ): ResponseReading {
    if (status !== 200) {
      return { decoder: createHttpErrorDecoder(status, headers), idleTimeoutMs: ERROR_BODY_TIMEOUT_MS };
    }
    const { idleTimeoutMs } = this.config;
    const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (type === 'application/json') return { decoder: createFlowiseJsonDecoder(report), idleTimeoutMs };
    if (type === undefined || type === 'text/event-stream')
      return { decoder: new FlowiseDecoder(report), idleTimeoutMs };
    throw errors.upstreamFailed(
      'The upstream answered with something else than an answer.',
      new Error(`content-type ${type}`),
    );
  }
}
