import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionMessage,
  ChatCompletionMessageFunctionToolCall,
} from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import type {
  Response,
  ResponseErrorEvent,
  ResponseFunctionToolCall,
  ResponseOutputMessage,
  ResponseOutputText,
  ResponseStreamEvent,
  ResponseUsage,
} from 'openai/resources/responses/responses';
import type { RetryAfter } from '../retry-after.js';
import type { OpenAiError } from './openai-error.js';

/*
 * What OpenAI's clients read, in the words of their own library, so that a drift of the format does not compile. Types only: the server runs
 * without it. Where our frames differ, they differ here, with the reason.
 */

/** What OpenAI has no member for: thoughts, under the name that DeepSeek and vLLM have made usual. */
interface Thoughts {
  readonly reasoning_content?: string;
}

/** Counts that the upstream did not report are zeros that say so. */
interface Unreported {
  readonly reported?: false;
}

export type WireUsage = CompletionUsage & Unreported;
/** Without `cache_write_tokens`: no upstream tells us of it, and our frames have never had it. */
export type WireResponseUsage = Omit<ResponseUsage, 'input_tokens_details'> &
  Unreported & {
    readonly input_tokens_details: Omit<ResponseUsage.InputTokensDetails, 'cache_write_tokens'>;
  };

export type CompletionDelta = ChatCompletionChunk.Choice.Delta & Thoughts;
export type CompletionChunk = Omit<ChatCompletionChunk, 'choices' | 'usage'> & {
  readonly choices: readonly (Omit<ChatCompletionChunk.Choice, 'delta'> & {
    readonly delta: CompletionDelta;
  })[];
  readonly usage?: WireUsage | null;
};
export type CompletionMessage = ChatCompletionMessage & Thoughts;
export type Completion = Omit<ChatCompletion, 'choices'> & {
  readonly choices: readonly (Omit<ChatCompletion.Choice, 'message'> & {
    readonly message: CompletionMessage;
  })[];
};
export type CompletionToolCall = ChatCompletionMessageFunctionToolCall;
export type CompletionReason = ChatCompletion.Choice['finish_reason'];

/**
 * A response on the wire. `output_text` is what the library adds for its users; the codes of errors are ours, which say more than OpenAI's
 * closed list of its own.
 */
export type WireResponse = Omit<Response, 'output_text' | 'error' | 'usage'> & {
  readonly error: (RetryAfter & { readonly code: string; readonly message: string }) | null;
  readonly usage?: WireResponseUsage;
};
export type IncompleteReason = NonNullable<Response.IncompleteDetails['reason']>;
export type { ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText };

/** The library throws what `error` holds, which its own type of the event has at its top alone. */
type WireErrorEvent = ResponseErrorEvent & RetryAfter & { readonly error: OpenAiError & RetryAfter };

type WireEvent<E> = E extends { readonly response: Response }
  ? Omit<E, 'response'> & { readonly response: WireResponse }
  : E extends ResponseErrorEvent
    ? WireErrorEvent
    : E;

export type ResponseEvent = WireEvent<ResponseStreamEvent>;
export type ResponseEventType = ResponseEvent['type'];
/** The members of an event besides its type and its number in the stream. */
export type ResponseEventMembers<T extends ResponseEventType> = MembersOf<
  Extract<ResponseEvent, { readonly type: T }>
>;
type MembersOf<E> = E extends unknown ? Omit<E, 'type' | 'sequence_number'> : never;
