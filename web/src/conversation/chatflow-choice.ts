import { useState } from 'react';
import type { Chatflow } from '@tollgate/client';

const KEY = 'tollgate.chatflow';

/** What somebody may do with the chatflow that is asked. */
export interface ChatflowChoice {
  readonly chatflowId: string;
  /** Undefined while the list is read, or when the user may not use it any more. */
  readonly chatflow: Chatflow | undefined;
  readonly choose: (chatflowId: string) => void;
}

/**
 * Whom the next question goes to: a conversation that exists asks its own chatflow, a new one the one that was chosen last.
 * @param own of the conversation that is shown
 * @param isBegun something was asked in it, if only in vain: that is not asked of another one by itself
 */
export function useChatflowChoice(
  chatflows: readonly Chatflow[],
  own: string | undefined,
  isBegun: boolean,
): ChatflowChoice {
  const [chosen, setChosen] = useState(readChosen);
  const offered = chatflows.filter(({ disabled }) => disabled !== true);
  const wanted = (isBegun ? chatflows : offered).find(({ id }) => id === chosen) ?? builtIn(offered);
  // Before the list has come, the server says whether it may be asked: nothing goes to another one meanwhile.
  const untilRead = chatflows.length === 0 ? chosen : undefined;
  const chatflowId = own ?? wanted?.id ?? untilRead ?? 'assistant';
  return {
    chatflowId,
    chatflow: chatflows.find(({ id }) => id === chatflowId),
    choose: (id) => {
      setChosen(id);
      try {
        localStorage.setItem(KEY, id);
      } catch {
        // A closed storage: the choice lasts as long as the page.
      }
    },
  };
}

/** MIME types that may be sent along: empty for any, undefined for none. */
export function fileTypesOf(chatflow: Chatflow | undefined): readonly string[] | undefined {
  if (chatflow === undefined || chatflow.disabled === true || WITHOUT_FILES.has(chatflow.provider))
    return undefined;
  const types = chatflow.uploads?.types ?? [];
  return chatflow.uploads?.types?.length === 0 ? undefined : types;
}

/** Their protocols have no place for files. */
const WITHOUT_FILES: ReadonlySet<string> = new Set(['assistant', 'storm']);

function builtIn(chatflows: readonly Chatflow[]): Chatflow | undefined {
  return chatflows.find(({ id }) => id === 'assistant') ?? chatflows[0];
}

function readChosen(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}
