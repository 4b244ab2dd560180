import { errors } from '../../platform/errors/errors.js';

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = '\uFEFF';
/** Far above any event seen in practice; a bound so that an upstream that never ends an event cannot fill the memory. */
export const MAX_EVENT_BYTES = 4 * 1024 * 1024;

/** What whoever has to account for every line hears of besides `data`. */
export interface OtherLines {
  /** A line that is neither blank nor `data`: a comment, another field, or no field at all. */
  readonly line: (line: string) => void;
  /** A blank line; the event before it has been emitted if it had data. */
  readonly blank: () => void;
}

/**
 * Takes the bytes of a server-sent event stream, split anywhere, and gives the `data` of each complete event, as the
 * HTML standard says: LF, CR or CRLF; several `data` lines joined with LF; comments and other fields ignored.
 *
 * Only whole lines are turned into text. A line end is never part of a longer UTF-8 sequence, so a split inside a
 * character needs no care of its own, and a chunk of whole events costs one conversion.
 */
export class SseDecoder {
  /** Bytes after the last line end, in the order they came. */
  private rest: Buffer[] = [];
  private restBytes = 0;
  /** The `data` of the event that is being read; `undefined` before its first `data` line. */
  private data: string | undefined;
  private started = false;
  /** The last line ended with CR at the end of a chunk: an LF that comes next belongs to it. */
  private endedWithCr = false;
  /** Absent: other lines are not looked at. */
  others: OtherLines | undefined;

  constructor(private readonly maxEventBytes: number = MAX_EVENT_BYTES) {}

  /**
   * @param emit gets each completed event's data, in order, before this returns
   * @throws AppError `upstream_failed` when an event is larger than the bound; the events before it were emitted
   */
  push(chunk: Buffer, emit: (data: string) => void): void {
    const end = Math.max(chunk.lastIndexOf(LF), chunk.lastIndexOf(CR)) + 1;
    if (end === 0) {
      this.keep(chunk);
      return;
    }
    let text: string;
    if (this.restBytes === 0) {
      text = chunk.toString('utf8', 0, end);
    } else {
      this.rest.push(chunk.subarray(0, end));
      text = Buffer.concat(this.rest).toString('utf8');
      this.rest = [];
      this.restBytes = 0;
    }
    this.readLines(this.withLineFeeds(text), emit);
    if (end < chunk.length) this.keep(chunk.subarray(end));
  }

  /** The stream has ended: emits an event that its blank line is missing from. Not to be used afterwards. */
  flush(emit: (data: string) => void): void {
    const text = Buffer.concat(this.rest).toString('utf8');
    this.rest = [];
    this.restBytes = 0;
    this.readLines(this.withLineFeeds(`${text}\n\n`), emit);
  }

  private keep(bytes: Buffer): void {
    this.restBytes += bytes.length;
    this.checkSize();
    // A copy: a view would keep the socket's whole read buffer alive for a few bytes.
    this.rest.push(Buffer.from(bytes));
  }

  private withLineFeeds(text: string): string {
    let from = 0;
    if (!this.started) {
      this.started = true;
      if (text.startsWith(BYTE_ORDER_MARK)) from = 1;
    } else if (this.endedWithCr && text.startsWith('\n')) {
      from = 1;
    }
    this.endedWithCr = text.endsWith('\r');
    const lines = from === 0 ? text : text.slice(from);
    return lines.includes('\r') ? lines.replace(/\r\n?/g, '\n') : lines;
  }

  private readLines(text: string, emit: (data: string) => void): void {
    let start = 0;
    while (start < text.length) {
      const end = text.indexOf('\n', start);
      if (end === start) {
        const data = this.data;
        this.data = undefined;
        // The standard drops an event whose data is empty.
        if (data !== undefined && data !== '') emit(data);
        this.others?.blank();
      } else if (!(text.startsWith('data', start) && this.readDataLine(text, start + 4, end))) {
        this.others?.line(text.slice(start, end));
      }
      start = end + 1;
    }
  }

  /** @returns whether it was one: a name may only begin like it */
  private readDataLine(text: string, afterName: number, end: number): boolean {
    let value = '';
    if (afterName < end) {
      if (text[afterName] !== ':') return false;
      const from = text[afterName + 1] === ' ' ? afterName + 2 : afterName + 1;
      value = text.slice(from, end);
    }
    if (this.data === undefined) {
      this.data = value;
    } else {
      this.data += `\n${value}`;
      this.checkSize();
    }
    return true;
  }

  private checkSize(): void {
    // Characters stand for bytes here: the bound guards the memory, it is not a format.
    if (this.restBytes + (this.data?.length ?? 0) > this.maxEventBytes) {
      throw errors.upstreamFailed('The upstream sent an event that is too large.');
    }
  }
}
