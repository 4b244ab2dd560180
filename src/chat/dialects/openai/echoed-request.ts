import { isObject } from '../content-parts.js';

/**
 * What a response repeats of its request, because clients look there (LangChain parses an answer only if its response says that it has a format).
 * Only what an answer keeps to: it is refused where it can't.
 */
export interface EchoedRequest {
  readonly previous_response_id: string | null;
  readonly text: { readonly format: unknown };
  readonly tool_choice: unknown;
  readonly tools: readonly unknown[];
}

/** Of a request that asks for nothing. */
export const NOTHING_ASKED: EchoedRequest = {
  previous_response_id: null,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
};

/** @param body that of a request which was accepted */
export function echoOf(body: Readonly<Record<string, unknown>>): EchoedRequest {
  const { previous_response_id: previous, text, tool_choice: choice, tools } = body;
  return {
    previous_response_id: typeof previous === 'string' ? previous : NOTHING_ASKED.previous_response_id,
    text: isObject(text) && isObject(text.format) ? { format: text.format } : NOTHING_ASKED.text,
    tool_choice: choice ?? NOTHING_ASKED.tool_choice,
    tools: Array.isArray(tools) ? tools : NOTHING_ASKED.tools,
  };
}
