import type { StreamEvent } from './stream-event.js';

/** How a stream went, so far. */
export interface StreamStatistics {
  /** Milliseconds from the request to the first text; undefined before it. */
  readonly firstTokenMs: number | undefined;
  /** Milliseconds from the request to the last event. */
  readonly durationMs: number;
  /** Pieces of text as they came; a slow reader gets fewer and longer ones. */
  readonly tokens: number;
  readonly characters: number;
  /** From the first piece of text to the last; 0 when there were less than two. */
  readonly tokensPerSecond: number;
  /** Connections that were made again. */
  readonly retries: number;
  /** Events that could not be read. */
  readonly malformedEvents: number;
  /** Events that came twice, or in part, and were left out. */
  readonly duplicateEvents: number;
}

/** Measures one stream. */
export class StreamMeter {
  retries = 0;
  malformedEvents = 0;
  private readonly startedAt: number;
  private firstTextAt: number | undefined;
  private lastTextAt = 0;
  private lastEventAt: number;
  private tokens = 0;
  private characters = 0;

  /** @param now milliseconds that never go back */
  constructor(private readonly now: () => number = () => performance.now()) {
    this.startedAt = now();
    this.lastEventAt = this.startedAt;
  }

  note(event: StreamEvent): void {
    this.lastEventAt = this.now();
    if (event.type !== 'token') return;
    this.firstTextAt ??= this.lastEventAt;
    this.lastTextAt = this.lastEventAt;
    this.tokens += 1;
    this.characters += event.text.length;
  }

  read(duplicateEvents: number): StreamStatistics {
    const { firstTextAt, startedAt, tokens, characters, retries, malformedEvents } = this;
    const seconds = firstTextAt === undefined ? 0 : (this.lastTextAt - firstTextAt) / 1000;
    return {
      firstTokenMs: firstTextAt === undefined ? undefined : firstTextAt - startedAt,
      durationMs: this.lastEventAt - startedAt,
      tokens,
      characters,
      tokensPerSecond: tokens < 2 || seconds === 0 ? 0 : (tokens - 1) / seconds,
      retries,
      malformedEvents,
      duplicateEvents,
    };
  }
}
