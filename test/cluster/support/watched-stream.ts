import type { EventStream } from '../../support/event-stream.js';

/** What a client has seen of a stream of the predict dialect so far. */
export class WatchedStream {
  readonly turnId: string;
  words = 0;
  /** When the last word came, as `performance.now()`. */
  lastWordAt = 0;
  errors: string[] = [];
  /** Whatever came behind an error but the end. */
  behindError: string[] = [];
  hasEnded = false;
  /** Resolves when the stream is over; never rejects. */
  readonly over: Promise<void>;

  private constructor(private readonly stream: EventStream) {
    this.turnId = String(stream.headers['x-turn-id']);
    this.over = this.read().catch((error: unknown) => void this.errors.push(String(error)));
  }

  /** @throws Error when the stream was refused */
  static async of(asked: Promise<EventStream>): Promise<WatchedStream> {
    const stream = await asked;
    if (stream.status !== 200) throw new Error(`${stream.status} ${await stream.text()}`);
    return new WatchedStream(stream);
  }

  private async read(): Promise<void> {
    for await (const { json } of this.stream) {
      const event = json as { readonly event: string; readonly code?: string } | undefined;
      if (event === undefined) continue;
      if (event.event === 'end') this.hasEnded = true;
      else if (this.errors.length > 0) this.behindError.push(event.event);
      if (event.event === 'error') this.errors.push(String(event.code));
      if (event.event !== 'token') continue;
      this.words += 1;
      this.lastWordAt = performance.now();
    }
  }
}
