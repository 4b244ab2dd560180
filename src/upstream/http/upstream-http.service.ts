import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { errors } from '../../platform/errors/errors.js';
import { Tracing } from '../../platform/tracing/tracing.port.js';
import { EventStream } from './event-stream.js';
import type { ResponseReading } from './event-stream-options.js';
import { createHttpErrorDecoder, reachOf } from './http-failure.js';
import type { StreamDecoder } from './stream-decoder.port.js';
import type { UpstreamAddress } from './upstream-address.js';
import { UpstreamAgent } from './upstream-agent.service.js';

/** An HTTP error is known by its status; its body is only for the log. */
const ERROR_BODY_TIMEOUT_MS = 2000;

/** One question to an upstream. */
export interface UpstreamPost {
  readonly address: UpstreamAddress;
  /** Behind the address's own path. */
  readonly path: string;
  /** Those of the provider: its key. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Makes the decoder of an event stream. */
  readonly stream: () => StreamDecoder;
  /** Makes the decoder of an answer that comes as one JSON document, although a stream was asked for. */
  readonly document: () => StreamDecoder;
  /** As for `EventStream`. */
  readonly lingerMs?: number;
  /** As `ProviderRequest` says. */
  readonly unrecordedTrace?: Readonly<Record<string, string>> | undefined;
  /** Called when the response is an answer, with its headers. */
  readonly onAccepted?: (() => void) | undefined;
}

/** The calls that answer a turn, whatever the provider. */
@Injectable()
export class UpstreamHttp {
  constructor(
    private readonly agent: UpstreamAgent,
    private readonly config: AppConfig,
    private readonly tracing: Tracing,
  ) {}

  /** The request is sent when the stream is first read. */
  post(post: UpstreamPost, signal: AbortSignal): EventStream {
    const { headersTimeoutMs } = this.config.upstream;
    return new EventStream({
      dispatcher: this.agent.dispatcher,
      signal,
      request: {
        origin: post.address.origin,
        path: `${post.address.basePath}${post.path}`,
        method: 'POST',
        headers: {
          ...(post.unrecordedTrace ?? this.tracing.current.carrier),
          ...post.headers,
          'content-type': 'application/json',
          accept: 'text/event-stream, application/json',
        },
        // Undici keeps the body until the response has ended; a string would become a piece of a shared buffer and keep all of that.
        body: new TextEncoder().encode(post.body),
        headersTimeout: headersTimeoutMs,
        // The stream watches for silence itself: for bytes that bring no event, too.
        bodyTimeout: 0,
      },
      headersTimeoutMs,
      keepsRawHeaders: this.config.operations.bypassesOff.includes('raw-headers'),
      ...(post.lingerMs !== undefined && { lingerMs: post.lingerMs }),
      read: (status, headers) => this.chooseReading(status, headers, post),
    });
  }

  private chooseReading(status: number, headers: IncomingHttpHeaders, post: UpstreamPost): ResponseReading {
    if (status !== 200) {
      const decoder = createHttpErrorDecoder(status, headers);
      return { decoder, reach: reachOf(status), idleTimeoutMs: ERROR_BODY_TIMEOUT_MS };
    }
    const { idleTimeoutMs } = this.config.upstream;
    const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    // Until it is there, a document tells nothing of the work behind it.
    if (type === 'application/json') {
      post.onAccepted?.();
      return { decoder: post.document(), reach: 'unknown', idleTimeoutMs };
    }
    if (type === undefined || type === 'text/event-stream') {
      post.onAccepted?.();
      return { decoder: post.stream(), reach: 'accepted', idleTimeoutMs };
    }
    throw errors.upstreamFailed(
      'The upstream answered with something else than an answer.',
      new Error(`content-type ${type}`),
    );
  }
}
