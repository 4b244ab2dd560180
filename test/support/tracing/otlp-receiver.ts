import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import root from '@opentelemetry/otlp-transformer/build/src/generated/root.js';
import { until } from '../until.js';

interface WireValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly doubleValue?: number;
  readonly intValue?: string;
  readonly arrayValue?: { readonly values: readonly WireValue[] };
}
interface WireAttribute {
  readonly key: string;
  readonly value: WireValue;
}
interface WireSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly WireAttribute[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}
interface WireRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly WireAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}
/** What is made of the published definitions. */
interface Definitions {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: {
        readonly trace: {
          readonly v1: {
            readonly ExportTraceServiceRequest: {
              decode(bytes: Uint8Array): object;
              toObject(message: object, options: object): WireRequest;
            };
          };
        };
      };
    };
  };
}

export interface ReceivedSpan {
  readonly name: string;
  /** As the protocol counts them: 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty at the beginning of a trace. */
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly hasFailed: boolean;
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A receiver of OTLP over HTTP: it reads the protocol buffers that come, by the published definitions. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  /** All that has come, uncompressed. */
  bytes = Buffer.alloc(0);

  private constructor(
    readonly url: string,
    readonly close: () => Promise<void>,
  ) {}

  /** @param status what it answers; only with 200 it takes anything */
  static async start(status: () => number = () => 200): Promise<OtlpReceiver> {
    const server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const answer = request.url === '/v1/traces' && request.method === 'POST' ? status() : 404;
        if (answer === 200) receiver.take(request.headers, body);
        response.writeHead(answer, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new OtlpReceiver(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    );
    return receiver;
  }

  /** The spans of one trace, once there are so many. */
  async trace(traceId: string, isComplete: (spans: readonly ReceivedSpan[]) => boolean): Promise<Trace> {
    const ofTrace = () => this.spans.filter((span) => span.traceId === traceId);
    await until(() => isComplete(ofTrace()));
    return new Trace(ofTrace());
  }

  private take(headers: IncomingHttpHeaders, body: Buffer): void {
    this.headers.push(headers);
    this.bytes = Buffer.concat([this.bytes, body]);
    const type = (root as unknown as Definitions).opentelemetry.proto.collector.trace.v1
      .ExportTraceServiceRequest;
    const { resourceSpans } = type.toObject(type.decode(body), {
      longs: String,
      bytes: String,
      arrays: true,
    });
    for (const { resource, scopeSpans } of resourceSpans)
      for (const { spans } of scopeSpans)
        for (const span of spans) this.spans.push(toReceived(span, attributesOf(resource.attributes)));
  }
}

/** Spans that belong together. */
export class Trace {
  constructor(readonly spans: readonly ReceivedSpan[]) {}

  get names(): string[] {
    return this.spans.map(({ name }) => name);
  }

  /** The only one of that name. */
  one(name: string | RegExp): ReceivedSpan {
    const found = this.all(name);
    if (found.length !== 1)
      throw new Error(`${found.length} spans ${String(name)} in ${this.names.join(', ')}`);
    return found[0]!;
  }

  all(name: string | RegExp): readonly ReceivedSpan[] {
    return this.spans.filter((span) =>
      typeof name === 'string' ? span.name === name : name.test(span.name),
    );
  }

  /** Names from the span up to where the trace came from. */
  pathOf(span: ReceivedSpan): string[] {
    const parent = this.spans.find(({ spanId }) => spanId === span.parentSpanId);
    return parent === undefined ? [span.name] : [...this.pathOf(parent), span.name];
  }
}

function toReceived(span: WireSpan, resource: Readonly<Record<string, unknown>>): ReceivedSpan {
  return {
    name: span.name,
    kind: span.kind,
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
    attributes: attributesOf(span.attributes),
    links: span.links.map((link) => ({ traceId: hex(link.traceId), spanId: hex(link.spanId) })),
    hasFailed: span.status?.code === 2,
    resource,
  };
}

function attributesOf(attributes: readonly WireAttribute[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf(value: WireValue): unknown {
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(valueOf);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue;
}

const hex = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('hex');

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}
