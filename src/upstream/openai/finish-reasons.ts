import type { FinishReason } from '../../contract/chat-event.js';

/**
 * The words of chat completions, and what compatible servers say instead (Mistral, vLLM, TGI, gateways in front of Anthropic and Gemini), in
 * whatever letters: `MAX_TOKENS`, `content-filter`. `error`, `abort`
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
  max_output_tokens: 'length',
  content_filter: 'content-filter',
  safety: 'content-filter',
  recitation: 'content-filter',
  blocklist: 'content-filter',
  prohibited_content: 'content-filter',
  refusal: 'content-filter',
  tool_calls: 'tool-calls',
  tool_use: 'tool-calls',
  function_call: 'tool-calls',
};

/** @returns `undefined` for a word that nobody knows */
export function toFinishReason(word: string): FinishReason | undefined {
  const plain = word.trim().toLowerCase().replaceAll('-', '_');
  return Object.hasOwn(REASONS, plain) ? REASONS[plain] : undefined;
}
