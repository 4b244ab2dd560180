import type { ChatEvent } from '../../../contract/chat-event.js';
import type { TurnLog } from './turn-log.js';

/** Turns canonical events into the frames of one wire format. Pure, apart from what it prepared for its stream. */
export interface TurnEncoder {
  /** @param end the event's position, the id of its last frame @returns the frames, or '' when this format does not show the event */
  encode(event: ChatEvent, end: number): string;
  /** What keeps a silent connection open; exact bytes, because hand-written readers differ in what they bear. */
  readonly heartbeat: string;
}

/** Where frames go: one client's connection. */
export interface FrameSink {
  /**
   * @param isLast whether `end` follows at once, unless it wants no more: both may go as one
   * @returns false when it wants no more until `onDrain`; what was written is taken all the same
   */
  write(frames: string, isLast?: boolean): boolean;
  /** Calls `resume` once, when there is room again. */
  onDrain(resume: () => void): void;
  /** The stream is complete: ends the response after what was written. */
  end(): void;
  /** Lets go of a client that does not read. */
  destroy(): void;
  /** Set for what is no client's connection, and is not counted as one. */
  readonly isInternal?: boolean;
}

/** For readers to whom nothing is sent. */
export const SILENT_SINK: FrameSink = {
  write: () => true,
  onDrain: () => undefined,
  end: () => undefined,
  destroy: () => undefined,
};

/**
 * A slow reader gets at most this much text in one write; the rest when it has taken that. It is what the server keeps for such a
 * reader, and little enough that one of 1 kB/s takes it long before it counts as stalled.
 */
const MAX_WRITE_CHARACTERS = 16 * 1024;

/**
 * One reader of a turn: a cursor in its log. It keeps no queue: what a slow client has not taken stays in the log, and
 * is merged into one frame when the client is ready for it.
 */
export class Subscription {
  private blocked = false;
  private closed = false;
  /** When the client last took something, epoch milliseconds. */
  private lastWriteAt: number;

  constructor(
    private readonly log: TurnLog,
    private readonly encoder: TurnEncoder,
    private readonly sink: FrameSink,
    private cursor: number,
    now: number,
  ) {
    this.lastWriteAt = now;
  }

  get isClient(): boolean {
    return this.sink.isInternal !== true;
  }

  /** Whether the client has taken what it got and there is more for it. */
  get wantsMore(): boolean {
    return this.isReady && this.cursor < this.log.end;
  }

  private get isReady(): boolean {
    return !this.blocked && !this.closed;
  }

  /** Writes what is new, as one write. @param ended whether nothing more will come; then the sink is ended behind it */
  deliver(ended: boolean, now: number): void {
    while (this.isReady) {
      const events = this.log.read(this.cursor, MAX_WRITE_CHARACTERS);
      if (events.length === 0) break;
      let frames = '';
      for (const { event, end } of events) {
        frames += this.encoder.encode(event, end);
        this.cursor = end;
      }
      if (frames !== '') this.write(frames, now, ended && this.cursor >= this.log.end);
    }
    if (ended && this.isReady) this.finish();
  }

  /** Called from time to time: keeps a silent connection alive, and gives up on one that takes nothing for too long. */
  beat(now: number, heartbeatMs: number, stalledMs: number): void {
    if (this.hasTakenNothingFor(stalledMs, now)) this.sink.destroy();
    else if (this.isReady && now - this.lastWriteAt >= heartbeatMs) this.write(this.encoder.heartbeat, now);
  }

  /** Whether the client has had something to take for so long and has not; also behind the last frame, while its connection is open. */
  hasTakenNothingFor(milliseconds: number, now: number): boolean {
    return !this.isReady && now - this.lastWriteAt >= milliseconds;
  }

  /** The client has left: nothing is written any more. */
  close(): void {
    this.closed = true;
  }

  /** What lies before it was sent to the client, or is not for it. */
  get position(): number {
    return this.cursor;
  }

  /** What lies before this position is not for this client. */
  skipTo(position: number): void {
    this.cursor = Math.max(this.cursor, position);
  }

  /** Lets go of a client that has not got the end yet. */
  letGo(): void {
    if (!this.closed) this.fail();
  }

  /** Tells a client how its stream ends, which is not how its turn does, and ends it where it has come to. One that has not taken what it got is let go of. */
  refuse(why: readonly ChatEvent[], now: number): void {
    if (this.closed) return;
    if (this.blocked) {
      this.fail();
      return;
    }
    const frames = why.map((event) => this.encoder.encode(event, this.cursor)).join('');
    if (frames !== '') this.write(frames, now, true);
    this.finish();
  }

  /** Nothing can be written for this client any more: lets go of it. */
  fail(): void {
    this.closed = true;
    this.sink.destroy();
  }

  /** Set by the turn: called when the client can take more. */
  resume: () => void = () => undefined;

  private write(frames: string, now: number, isLast = false): void {
    this.lastWriteAt = now;
    if (this.sink.write(frames, isLast)) return;
    this.blocked = true;
    this.sink.onDrain(() => {
      this.blocked = false;
      this.resume();
    });
  }

  private finish(): void {
    this.closed = true;
    this.sink.end();
  }
}
