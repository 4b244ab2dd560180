import { MAX_TOGETHER_CHARACTERS, type FeedMessage } from './feed-messages.js';

/** What surrounds the content of one message: the numbers of its feed and its own, and what stands between. */
const AROUND_MESSAGE_CHARACTERS = 96;

interface Waiting {
  messages: FeedMessage[];
  characters: number;
}

/** Puts together what feeds have to say within one turn of the event loop: a message of the bus costs its sender as much as hundreds of characters in it. */
export class FeedOutbox {
  private readonly waiting = new Map<string, Waiting>();
  private isScheduled = false;

  /** @param send to a follower: `MAX_TOGETHER_CHARACTERS` of JSON, or a single message */
  constructor(private readonly send: (follower: string, messages: readonly FeedMessage[]) => void) {}

  /** Sends it behind what runs now, in the order of the calls. @param content characters of the JSON of what it says, at most */
  add(follower: string, message: FeedMessage, content: number): void {
    const characters = content + AROUND_MESSAGE_CHARACTERS;
    const before = this.waiting.get(follower);
    if (before !== undefined && before.characters + characters <= MAX_TOGETHER_CHARACTERS) {
      before.messages.push(message);
      before.characters += characters;
      return;
    }
    if (before !== undefined) this.send(follower, before.messages);
    this.waiting.set(follower, { messages: [message], characters });
    if (this.isScheduled) return;
    this.isScheduled = true;
    queueMicrotask(() => this.sendAll());
  }

  private sendAll(): void {
    this.isScheduled = false;
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const [follower, { messages }] of waiting) this.send(follower, messages);
  }
}
