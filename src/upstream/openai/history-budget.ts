import type { HistoryEntry } from '../chat-provider.port.js';

/** A rule of thumb that holds for most models and languages, on the safe side for English. */
const BYTES_PER_TOKEN = 4;
/** What a message costs besides its text: role and separators. */
const TOKENS_PER_MESSAGE = 4;

/**
 * About how many tokens a text has: one for four bytes of UTF-8. Exact counts would need each model's own tokenizer; the budget is
 * there to keep a long session inside a model's window, not to fill it to the brim.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/**
 * The newest part of a conversation that fits into a budget: whole messages only, beginning with one of the user, so that the
 * model never sees an answer without its question.
 * @param history oldest first
 * @param budget in estimated tokens
 */
export function trimHistory(history: readonly HistoryEntry[], budget: number): readonly HistoryEntry[] {
  let left = budget;
  let from = history.length;
  for (const entry of history.toReversed()) {
    left -= estimateTokens(entry.content) + TOKENS_PER_MESSAGE;
    if (left < 0) break;
    from -= 1;
  }
  const kept = history.slice(from);
  const firstQuestion = kept.findIndex(({ role }) => role === 'user');
  return firstQuestion < 0 ? [] : kept.slice(firstQuestion);
}
