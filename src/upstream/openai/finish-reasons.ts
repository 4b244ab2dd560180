import type { FinishReason } from '../../contract/chat-event.js';

/**
 * The words of chat completions, and what compatible servers say instead (Mistral, vLLM, TGI, gateways in front of Anthropic). `error`, `abort`
 * and the like are not among them: such an answer is not complete.
 */
const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  content_filter: 'content-filter',
  tool_calls: 'tool-calls',
  tool_use: 'tool-calls',
  function_call: 'tool-calls',
};

/** @returns `undefined` for a word that nobody knows */
export function toFinishReason(word: string): FinishReason | undefined {
  return Object.hasOwn(REASONS, word) ? REASONS[word] : undefined;
}
