import { parseJson } from '../../../platform/json/json-object.js';
import type { ChatEvent } from '../../../contract/chat-event.js';
import { MAX_PIECES, type FeedEntry, type FeedMessage } from './feed-messages.js';

/** Messages that have come since the owner was last told of any; by then it is told at once, and not when all are. */
const TOLD_AFTER_MESSAGES = 16;

/** How a feed has ended for its reader. `done`: its owner has nothing more · `lost`: something did not come · `unread`: nobody wants it any more. */
export type FeedEnd = 'done' | 'lost' | 'unread';

/** Takes one feed of a turn's owner, in order and whole, or says that it cannot. */
export class FeedReader {
  readonly ended: Promise<FeedEnd>;
  /** Whether anything has come. */
  hasProgressed = false;
  /** When the owner was last heard of, as `performance.now()`. */
  heardAt = performance.now();
  private received = 0;
  private told = 0;
  private pieces: string[] = [];
  private resolve: (end: FeedEnd) => void = () => undefined;
  private isOver = false;

  /**
   * @param owner the instance that feeds
   * @param append takes the next event @returns false when it does not follow what was there
   * @param tell to be called when the owner should know at once how far it has come
   */
  constructor(
    readonly owner: string,
    private readonly append: (event: ChatEvent, end: number) => boolean,
    private readonly tell: () => void,
  ) {
    this.ended = new Promise((resolve) => (this.resolve = resolve));
  }

  /** The number of the last message that has come. */
  get lastNumber(): number {
    return this.received;
  }

  end(how: FeedEnd): void {
    this.isOver = true;
    this.resolve(how);
  }

  take(message: FeedMessage): void {
    if (this.isOver || message.number <= this.received) return;
    this.heardAt = performance.now();
    if (message.number > this.received + 1) {
      this.end('lost');
      return;
    }
    this.received = message.number;
    this.hasProgressed = true;
    if (!this.takeContent(message)) this.end('lost');
    else if (message.isDone === true) this.end('done');
    else if (this.received - this.told >= TOLD_AFTER_MESSAGES) this.tell();
  }

  /** The owner says that it is there. @param number of the last message that it has sent */
  heard(number: number): void {
    this.heardAt = performance.now();
    if (number > this.received) this.end('lost');
  }

  /** @returns what the owner is to be told */
  noteTold(): number {
    return (this.told = this.received);
  }

  private takeContent({ entries, piece, isLast }: FeedMessage): boolean {
    if (piece !== undefined) return this.takePiece(piece, isLast === true);
    return (entries ?? []).every(([end, event]) => this.append(event, end));
  }

  private takePiece(piece: string, isLast: boolean): boolean {
    if (this.pieces.length >= MAX_PIECES) return false;
    this.pieces.push(piece);
    if (!isLast) return true;
    const entry = parseJson(this.pieces.join('')) as FeedEntry | undefined;
    this.pieces = [];
    return entry !== undefined && this.append(entry[1], entry[0]);
  }
}
