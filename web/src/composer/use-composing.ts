import { useRef, type CompositionEventHandler, type KeyboardEvent } from 'react';

/** What browsers say instead of a key while an input method has it. */
const KEY_OF_INPUT_METHOD = 229;

export interface Composing {
  /** Whether a key belongs to the input method that composes a character, and not to the page. */
  readonly isComposing: (event: KeyboardEvent) => boolean;
  readonly onCompositionEnd: CompositionEventHandler;
}

/**
 * Enter that chooses a character must not send. Chrome and Firefox tell it by `isComposing`; Safari ends the composition first and then sends
 * the key, as 229 or as itself, in the same task.
 */
export function useComposing(): Composing {
  const hasJustEnded = useRef(false);
  return {
    isComposing: ({ nativeEvent }) =>
      nativeEvent.isComposing || nativeEvent.keyCode === KEY_OF_INPUT_METHOD || hasJustEnded.current,
    onCompositionEnd: () => {
      hasJustEnded.current = true;
      setTimeout(() => {
        hasJustEnded.current = false;
      }, 0);
    },
  };
}
