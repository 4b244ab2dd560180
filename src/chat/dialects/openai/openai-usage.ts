import type { Usage } from '../../../contract/chat-event.js';
import type { WireResponseUsage, WireUsage } from './openai.wire.js';

export type TurnUsage = Omit<Usage, 'type'>;

/** What an upstream did not report is not made up: 0 stands only where a required number is missing beside a known one. */
function numbersOf({ inputTokens, outputTokens, totalTokens }: TurnUsage): {
  readonly input: number;
  readonly output: number;
  readonly total: number;
} {
  const input = inputTokens ?? 0;
  const output = outputTokens ?? 0;
  return { input, output, total: totalTokens ?? input + output };
}

/** `usage` of Chat Completions. */
export function completionUsage(usage: TurnUsage): WireUsage {
  const { input, output, total } = numbersOf(usage);
  return { prompt_tokens: input, completion_tokens: output, total_tokens: total };
}

/**
 * `usage` of a stream whose client waits for its chunk when the upstream has counted nothing: the zeros that its type requires, and a member of
 * ours that says what they are. An estimate would look like a count on somebody's bill.
 */
export const UNREPORTED_USAGE: WireUsage = {
  prompt_tokens: 0,
  completion_tokens: 0,
  total_tokens: 0,
  reported: false,
};

/** `usage` of Responses, which every response that has ended has (clients read it without asking); as above when nothing was counted. */
export function responseUsage(usage: TurnUsage | undefined): WireResponseUsage {
  const { input, output, total } = numbersOf(usage ?? {});
  return {
    ...(usage === undefined ? { reported: false } : {}),
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: total,
  };
}
