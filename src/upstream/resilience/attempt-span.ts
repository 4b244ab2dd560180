import type { Span, Tracing } from '../../platform/tracing/tracing.port.js';
import type { ProviderReport } from '../chat-provider.port.js';
import type { Route } from './failover-call.js';

/** Looks at one attempt from its beginning to its end. */
export interface AttemptWatch {
  /** Runs a step of the attempt. */
  within<T>(work: () => T): T;
  /** The first content has come. */
  answered(): void;
  /** Of several calls the first counts. @param error what it has failed with; an abort is none */
  ended(report: ProviderReport, error?: unknown): void;
}

/** Tells when a step was the last one, or has failed. */
export async function watched<T extends IteratorResult<unknown>>(
  step: Promise<T>,
  ended: (error?: unknown) => void,
): Promise<T> {
  try {
    const result = await step;
    if (result.done === true) ended();
    return result;
  } catch (error) {
    ended(error);
    throw error;
  }
}

/** Those of their kind that OpenTelemetry has a name for, and the others by their own. */
const PROVIDERS = { assistant: 'tollgate', flowise: 'flowise', openai: 'openai', storm: 'storm' } as const;

/**
 * A span of one attempt at an upstream, in the words of the conventions for generative AI.
 * @see https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/client-inference.md
 */
export class AttemptSpan implements AttemptWatch {
  private readonly span: Span;
  private readonly beganAt = performance.now();

  constructor(tracing: Tracing, { provider, request }: Route, number: number) {
    const { target, turnId, chatflowId } = request;
    const origin = originOf(provider.originOf(target));
    this.span = tracing.begin(`chat ${target.model ?? chatflowId}`, {
      kind: origin === undefined ? 'internal' : 'client',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': PROVIDERS[provider.name],
        'gen_ai.request.model': target.model,
        'gen_ai.request.stream': true,
        'server.address': origin?.hostname,
        'server.port': origin?.port,
        'tollgate.attempt': number,
        'tollgate.turn.id': turnId,
        'tollgate.chatflow.id': chatflowId,
      },
    });
  }

  within<T>(work: () => T): T {
    return this.span.within(work);
  }

  answered(): void {
    this.span.note({
      'gen_ai.response.time_to_first_chunk': (performance.now() - this.beganAt) / 1000,
    });
  }

  ended({ finishReason, usage, model }: ProviderReport, error?: unknown): void {
    this.span.note({
      'gen_ai.response.model': model,
      'gen_ai.response.finish_reasons': finishReason && [finishReason.replace('-', '_')],
      'gen_ai.usage.input_tokens': usage?.inputTokens,
      'gen_ai.usage.output_tokens': usage?.outputTokens,
    });
    if (error !== undefined) this.span.fail(error);
    this.span.end();
  }
}

function originOf(
  origin: string | undefined,
): { readonly hostname: string; readonly port: number } | undefined {
  if (origin === undefined || !URL.canParse(origin)) return undefined;
  const { hostname, port, protocol } = new URL(origin);
  return { hostname, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}
