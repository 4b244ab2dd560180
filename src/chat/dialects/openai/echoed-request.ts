import { isObject } from '../../../platform/json/json-object.js';
import type { WireResponse } from './openai.wire.js';

/**
 * What a response repeats of its request, because clients look there (LangChain parses an answer only if its response says that it has a format).
 * Only what an answer keeps to: it is refused where it can't.
 */
export interface EchoedRequest extends Pick<WireResponse, 'previous_response_id' | 'tool_choice' | 'tools'> {
  readonly text: NonNullable<WireResponse['text']>;
}

/** Of a request that asks for nothing. */
export const NOTHING_ASKED: EchoedRequest = {
  previous_response_id: null,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
};

/** @param body that of a request which was accepted: what is in it has the form that OpenAI gives it */
export function echoOf(body: Readonly<Record<string, unknown>>): EchoedRequest {
  const { previous_response_id: previous, text, tool_choice: choice, tools } = body as Partial<EchoedRequest>;
  return {
    previous_response_id: typeof previous === 'string' ? previous : NOTHING_ASKED.previous_response_id,
    text: hasFormat(text) ? { format: text.format } : NOTHING_ASKED.text,
    tool_choice: choice ?? NOTHING_ASKED.tool_choice,
    tools: Array.isArray(tools) ? tools : NOTHING_ASKED.tools,
  };
}

function hasFormat(text: unknown): text is Required<Pick<EchoedRequest['text'], 'format'>> {
  return isObject(text) && isObject(text.format);
}
