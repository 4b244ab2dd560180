/** How an answer that arrives whole is shown: by words, by characters or by what it says, whichever is given. */
export interface Chunking {
  /** Words per piece of text. */
  readonly words?: number;
  /** Characters per piece of text. */
  readonly characters?: number;
  /** Pieces are sentences, of long ones some words, and lines of code. */
  readonly adaptive?: boolean;
  /** Pause between two pieces, in milliseconds. */
  readonly delayMs: number;
  /** Other pauses for some kinds of content, in milliseconds. Thoughts are shown whole unless they have one. */
  readonly delays?: { readonly code?: number; readonly reasoning?: number };
}
