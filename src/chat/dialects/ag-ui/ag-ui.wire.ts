import type { AGUIEvent } from '@ag-ui/core';

/**
 * What AG-UI's clients read, in the words of their own library, so that a drift of the protocol does not compile. Types only: the server runs
 * without it. An event's `type` is its name instead of a member of the library's enum, which exists at run time.
 */
export type AgUiEvent = Named<AGUIEvent>;

type Named<E> = E extends { readonly type: infer Type extends string }
  ? Omit<E, 'type'> & { readonly type: `${Type}` }
  : never;
