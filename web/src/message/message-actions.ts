import type { Chat } from '@tollgate/client/react';

/** What can be done to messages; the same functions for as long as the conversation is open. */
export interface MessageActions extends Pick<
  Chat,
  'answer' | 'edit' | 'regenerate' | 'retry' | 'showBranch' | 'rate'
> {
  /** Nothing can be asked here: of these only what asks nothing may be done. */
  readonly isClosed: boolean;
}
