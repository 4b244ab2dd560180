import type { FinishReason } from '../../../contract/chat-event.js';
import type { CompletionReason, IncompleteReason } from './openai.wire.js';

const COMPLETION_REASONS: Readonly<Record<FinishReason, CompletionReason>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
  error: 'stop',
  other: 'stop',
};

/** `finish_reason` of Chat Completions, which has no word for the others: an answer that failed has none at all. */
export function completionReason(reason: FinishReason = 'stop'): CompletionReason {
  return COMPLETION_REASONS[reason];
}

/** `incomplete_details.reason` of Responses; undefined for an answer that is whole. */
export function incompleteReason(reason: FinishReason | undefined): IncompleteReason | undefined {
  if (reason === 'length') return 'max_output_tokens';
  return reason === 'content-filter' ? 'content_filter' : undefined;
}
