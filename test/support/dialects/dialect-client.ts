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

/** A picture that goes along with a question. */
export interface ClientFile {
  readonly name: string;
  readonly mime: string;
  readonly dataUrl: string;
}

/** How a question is asked; without any of it in a conversation of its own, to its end. */
export interface Asking {
  /** Called with the text so far, whenever the client shows more. */
  readonly onText?: (text: string) => void;
  /** The conversation that it belongs to, by a name of the client's. */
  readonly session?: string;
  /** Fires when the person leaves or presses the client's stop button. */
  readonly signal?: AbortSignal;
  readonly file?: ClientFile;
  /** Whether a broken connection is mended, by whatever the client has for that. */
  readonly resumes?: boolean;
}

/** What not every client can do. */
export type Ability = 'sessions' | 'stop' | 'files' | 'cut' | 'resume' | 'givesUpSoon';

/** A real client of one wire format, as its own documentation uses it. */
export interface DialectClient {
  /** Name and version, as in docs/clients.md. */
  readonly name: string;
  /** Whether text shows before the answer is complete. */
  readonly streams: boolean;
  /** What it has no way to do, and why; everything else it can. */
  readonly cannot?: Readonly<Partial<Record<Ability, string>>>;
  /** Asks and waits for the end. Never rejects: how the client fails is what it shows. */
  ask(setup: ClientSetup, question: string, asking?: Asking): Promise<Seen>;
}

/** Runs a client that shows its failures by throwing. @param ask says each piece of text as it comes */
export async function seen(
  ask: (say: (piece: string) => void) => Promise<void>,
  { onText, signal }: Asking = {},
): Promise<Seen> {
  let text = '';
  try {
    await ask((piece) => {
      text += piece;
      onText?.(text);
    });
    return { text };
  } catch (error) {
    // Whoever has left is told nothing.
    if (signal?.aborted === true) return { text };
    return { text, error: error instanceof Error ? error.message : String(error) };
  }
}

/** The member that an object has only when there is a value for it. */
export function member<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);
}
