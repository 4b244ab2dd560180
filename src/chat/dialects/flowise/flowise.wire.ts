import type { StreamResponse } from 'flowise-sdk/dist/flowise-sdk.js';

/**
 * What Flowise's clients read, in the words of its own library, so that a drift of the format does not compile. Types only: the server runs
 * without it. The library calls every `data` a string; a Flowise server sends objects and lists in most events, and so do we.
 */
export type FlowiseFrame = StreamResponse | (Omit<StreamResponse, 'data'> & { readonly data: unknown });

/** Events whose data is text. */
export type FlowiseTextFrame = StreamResponse;
