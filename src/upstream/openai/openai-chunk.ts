import { isObject, isPresent } from '../json/json-object.js';

/** The parts of a chat completion that are read, of a stream's chunk (`delta`) or of a whole answer (`message`). */
export interface OpenAiChunk {
  readonly id?: unknown;
  readonly model?: unknown;
  readonly choices?: readonly unknown[];
  readonly usage?: unknown;
  readonly error?: unknown;
}

/** Whether a value is a piece of a chat completion: it has choices, or tells of an error or of the tokens used. */
export function isOpenAiChunk(value: unknown): value is OpenAiChunk {
  if (!isObject(value)) return false;
  return Array.isArray(value.choices) || isPresent(value.error) || isObject(value.usage);
}
