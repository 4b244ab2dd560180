import type { ChatEvent } from '../../../contract/chat-event.js';
import type { FrameSink, TurnEncoder } from '../log/subscription.js';
import { packEntries, type FeedContent, type FeedEntry, type FeedMessage } from './feed-messages.js';

/** Messages that a follower has not said to have: beyond it the feed waits, so that a slow one is not buried. */
const MAX_UNKEPT_MESSAGES = 64;

/** Any text that is not empty: what is said is in the entries. */
const ENTRY = 'entry';

const DONE: FeedContent = { content: { isDone: true }, characters: 0 };

/** How a feed reaches its follower. */
export interface FeedLine {
  /** @param characters of its content's JSON, at most */
  readonly send: (message: FeedMessage, characters: number) => void;
  /** The feed has said something and wants to be told to go on, a moment later: what comes meanwhile is merged. */
  readonly pause: (feed: TurnFeed) => void;
  /** Nothing more will be sent. */
  readonly close: () => void;
}

/** What another instance's readers of a turn are fed with: one more reader of its log, whose frames are messages. */
export class TurnFeed implements TurnEncoder, FrameSink {
  readonly isInternal = true;
  /** Silence is bridged by what is said about all feeds together. */
  readonly heartbeat = '';
  private entries: FeedEntry[] = [];
  private sent = 0;
  private kept = 0;
  private goOn: (() => void) | undefined;

  constructor(
    /** The follower's number of it. */
    private readonly feed: number,
    private readonly line: FeedLine,
  ) {}

  /** The number of the last message. */
  get lastNumber(): number {
    return this.sent;
  }

  encode(event: ChatEvent, end: number): string {
    this.entries.push([end, event]);
    return ENTRY;
  }

  write(frames: string): boolean {
    if (frames === this.heartbeat) return true;
    for (const message of packEntries(this.entries)) this.say(message);
    this.entries = [];
    return false;
  }

  onDrain(resume: () => void): void {
    this.goOn = resume;
    this.line.pause(this);
  }

  end(): void {
    this.say(DONE);
    this.line.close();
  }

  destroy(): void {
    this.line.close();
  }

  /** The pause is over. */
  proceed(): void {
    // A follower that is behind says when it has caught up.
    if (this.sent - this.kept >= MAX_UNKEPT_MESSAGES) return;
    const { goOn } = this;
    this.goOn = undefined;
    goOn?.();
  }

  /** The follower has everything up to this message. */
  keep(number: number): void {
    this.kept = Math.min(Math.max(this.kept, number), this.sent);
    if (this.goOn !== undefined) this.line.pause(this);
  }

  private say({ content, characters }: FeedContent): void {
    this.sent += 1;
    this.line.send({ feed: this.feed, number: this.sent, ...content }, characters);
  }
}
