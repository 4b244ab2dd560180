/** One event of a stream, before anybody has looked into it. */
export interface SseFrame {
  /** The last id that the stream has named; '' before the first one. */
  readonly id: string;
  /** From an `event:` line; 'message' without one. */
  readonly event: string;
  readonly data: string;
}

/** A frame longer than this is no answer of a chat. In UTF-16 code units. */
const MAX_FRAME_CHARACTERS = 32 * 1024 * 1024;

/**
 * Decodes `text/event-stream` bytes as the HTML standard says: any split, any of the three line endings, a byte order mark, comments, fields
 * without a value. What follows the last blank line is dropped, because a connection that broke there may have cut it.
 */
export class SseParser {
  private readonly decoder = new TextDecoder('utf-8');
  private carry = '';
  private data: string[] = [];
  private eventName = '';
  private lastId = '';
  private size = 0;
  private skipLineFeed = false;

  /** @returns the frames that these bytes complete, in order @throws RangeError for a frame beyond any measure */
  push(bytes: Uint8Array): SseFrame[] {
    const frames: SseFrame[] = [];
    let text = this.decoder.decode(bytes, { stream: true });
    if (this.skipLineFeed && text !== '') {
      if (text.startsWith('\n')) text = text.slice(1);
      this.skipLineFeed = false;
    }
    let start = 0;
    for (const end of lineEnds(text)) {
      this.takeLine(this.carry + text.slice(start, end), frames);
      this.carry = '';
      start = end + (text.startsWith('\r\n', end) ? 2 : 1);
    }
    this.skipLineFeed = text.endsWith('\r');
    this.carry += text.slice(start);
    if (this.size + this.carry.length > MAX_FRAME_CHARACTERS) throw new RangeError('The event is too long.');
    return frames;
  }

  private takeLine(line: string, frames: SseFrame[]): void {
    if (line === '') {
      if (this.data.length > 0) {
        frames.push({ id: this.lastId, event: this.eventName || 'message', data: this.data.join('\n') });
      }
      this.data = [];
      this.eventName = '';
      this.size = 0;
      return;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const rest = colon === -1 ? '' : line.slice(colon + 1);
    const value = rest.startsWith(' ') ? rest.slice(1) : rest;
    this.size += line.length;
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.eventName = value;
    else if (field === 'id' && !value.includes('\0')) this.lastId = value;
  }
}

function* lineEnds(text: string): Generator<number> {
  const pattern = /\r\n|\n|\r/g;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) yield match.index;
}
