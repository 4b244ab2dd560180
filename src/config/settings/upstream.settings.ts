import { baseUrl, headerKey, line, wholeNumber } from '../schema/kinds.js';
import { concern, setting } from '../schema/setting.js';

/** A model or an agent may think for long before it says anything. */
const LONGEST_SILENCE_MS = 3_600_000;

interface Upstream {
  readonly url: string;
  readonly apiKey: string | undefined;
}

export interface UpstreamConfig {
  readonly flowise: Upstream | undefined;
  readonly storm: Upstream | undefined;
  readonly openai: (Upstream & { readonly model: string | undefined }) | undefined;
  /** Longest wait for the response's status and headers. */
  readonly headersTimeoutMs: number;
  /** Longest silence between events; heartbeats don't count as events. */
  readonly idleTimeoutMs: number;
  /** How often a call that failed before any content is made again. */
  readonly retries: number;
  /** How much of a session an upstream without a memory of its own is told, in estimated tokens. */
  readonly historyTokens: number;
  /** Pause between the assistant's word chunks. */
  readonly assistantDelayMs: number;
}

export const UPSTREAM = concern({
  title: 'Upstreams',
  settings: {
    flowiseUrl: setting('FLOWISE_API_URL', baseUrl(), {
      about: 'The Flowise server. (The built-in assistant needs no upstream.)',
    }),
    flowiseKey: setting('FLOWISE_API_KEY', headerKey(), {
      secret: true,
      needs: 'FLOWISE_API_URL',
      about: 'Its API key.',
    }),
    stormUrl: setting('STORM_API_URL', baseUrl(), { about: 'The Storm API.' }),
    stormKey: setting('STORM_API_KEY', headerKey(), {
      secret: true,
      needs: 'STORM_API_URL',
      about: 'Its API key.',
    }),
    openaiUrl: setting('OPENAI_BASE_URL', baseUrl(), {
      about: 'An OpenAI-compatible server, with its /v1 if it has one.',
    }),
    openaiKey: setting('OPENAI_API_KEY', headerKey(), {
      secret: true,
      needs: 'OPENAI_BASE_URL',
      about: 'Its API key.',
    }),
    openaiModel: setting('OPENAI_MODEL', line('the name of a model'), {
      needs: 'OPENAI_BASE_URL',
      about: 'The model of chatflows that name none.',
    }),
    historyTokens: setting('OPENAI_HISTORY_TOKENS', wholeNumber({ max: 10_000_000 }), {
      default: 8000,
      about:
        'How much of a session an OpenAI-compatible model is told, in estimated tokens (four bytes of UTF-8 are one); whole messages, the newest.',
    }),
    headersTimeoutMs: setting(
      'UPSTREAM_HEADERS_TIMEOUT_MS',
      wholeNumber({ min: 1, max: LONGEST_SILENCE_MS, unit: 'milliseconds' }),
      { default: 30_000, about: 'How soon an upstream must have answered with its status and headers.' },
    ),
    idleTimeoutMs: setting(
      'UPSTREAM_IDLE_TIMEOUT_MS',
      wholeNumber({ min: 1, max: LONGEST_SILENCE_MS, unit: 'milliseconds' }),
      { default: 120_000, about: "Longest silence between two events; heartbeats don't count as events." },
    ),
    retries: setting('UPSTREAM_RETRIES', wholeNumber({ max: 5 }), {
      default: 2,
      about:
        "How often a call that failed before any content is made again, with growing pauses; then the chatflow's fallback answers.",
    }),
    assistantDelayMs: setting('ASSISTANT_DELAY_MS', wholeNumber({ max: 10_000, unit: 'milliseconds' }), {
      default: 25,
      about: 'Pause between the words of the built-in assistant.',
    }),
  },
  compose: (values): UpstreamConfig => {
    const { flowiseUrl, flowiseKey, stormUrl, stormKey, openaiUrl, openaiKey, openaiModel, ...rest } = values;
    return {
      flowise: upstream(flowiseUrl, flowiseKey),
      storm: upstream(stormUrl, stormKey),
      openai: openaiUrl === undefined ? undefined : { url: openaiUrl, apiKey: openaiKey, model: openaiModel },
      ...rest,
    };
  },
});

function upstream(url: string | undefined, apiKey: string | undefined): Upstream | undefined {
  return url === undefined ? undefined : { url, apiKey };
}
