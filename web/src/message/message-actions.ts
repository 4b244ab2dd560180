import type { Chat } from '@tollgate/client/react';

/** What can be done to messages; the same functions for as long as the conversation is open. */
export type MessageActions = Pick<Chat, 'answer' | 'edit' | 'regenerate' | 'retry' | 'showBranch' | 'rate'>;
