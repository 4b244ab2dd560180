/** Who asks, and where. */
export interface ClientSetup {
  readonly url: string;
  readonly userId: string;
  readonly token: string;
  readonly chatflowId: string;
}

/** What a person sees at the end of one question. */
export interface Seen {
  readonly text: string;
  /** What the client shows instead of a finished answer, in its own way; absent when it shows a success. */
  readonly error?: string;
}

/** A real client of one wire format, as its own documentation uses it. */
export interface DialectClient {
  /** Name and version, as in docs/clients.md. */
  readonly name: string;
  /** Whether text shows before the answer is complete. */
  readonly streams: boolean;
  /**
   * Asks and waits for the end. Never rejects: how the client fails is what it shows.
   * @param onText called with the text so far, whenever the client shows more
   */
  ask(setup: ClientSetup, question: string, onText?: (text: string) => void): Promise<Seen>;
}

/** Runs a client that shows its failures by throwing. @param ask says each piece of text as it comes */
export async function seen(
  ask: (say: (piece: string) => void) => Promise<void>,
  onText: (text: string) => void = () => undefined,
): Promise<Seen> {
  let text = '';
  try {
    await ask((piece) => {
      text += piece;
      onText(text);
    });
    return { text };
  } catch (error) {
    return { text, error: error instanceof Error ? error.message : String(error) };
  }
}
