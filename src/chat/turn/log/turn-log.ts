import type { ChatEvent, ReasoningDelta, TextDelta } from '../../../contract/chat-event.js';
import { weightOf, type PositionedEvent } from '../../events/position.js';
import { wellFormed, wellFormedValue } from '../../events/well-formed.js';

type Delta = TextDelta | ReasoningDelta;

/** Longest answer of a turn, with the JSON of its events, in UTF-16 code units: three times as many bytes at worst, which one document holds. */
export const MAX_ANSWER_CHARACTERS = 4 * 1024 * 1024;

/**
 * What an event counts besides its JSON, and a change between text and thoughts: as an entry of the log and of the stored answer each takes
 * memory, and bytes of the one document, however short it is.
 */
export const ENTRY_CHARACTERS = 64;

const isDelta = (event: ChatEvent | undefined): event is Delta =>
  event?.type === 'text-delta' || event?.type === 'reasoning-delta';

/** Small deltas are kept as bare strings and joined once per run of this many, so that a long answer is not a million objects. */
const RUN_LENGTH = 64;
/** From this length on a delta ends its run: whoever reads within a run joins it anew. */
const LARGE_DELTA = 1024;

/**
 * What one turn has said so far: append-only, read by any number of cursors. A position lies between two characters
 * or two events (see `weightOf`), so a cursor may stand inside a text and merged reads lose nothing.
 *
 * Kept whole while the turn lives, bounded by `maxCharacters`; never per subscriber. A log that can be read back from the store may be
 * evicted once its turn has ended.
 */
export class TurnLog {
  private entries: PositionedEvent[] = [];
  /** The deltas behind the last entry, all of one type; together they end at `position`. */
  private run: string[] = [];
  private runType: Delta['type'] = 'text-delta';
  /** The first half of a surrogate pair that the upstream cut; it waits for its other half. */
  private heldSurrogate = '';
  private heldType: Delta['type'] = 'text-delta';
  private position = 0;
  private characters = 0;
  private evicted = false;

  constructor(private readonly maxCharacters = MAX_ANSWER_CHARACTERS) {}

  /** Where the next event begins. */
  get end(): number {
    return this.position;
  }

  /** Characters kept, with the JSON of the events, and what each entry counts besides. */
  get size(): number {
    return this.characters;
  }

  /** Whether the log is not in memory; nothing before its end can be read then. */
  get isEvicted(): boolean {
    return this.evicted;
  }

  /** @returns false when the event would make the answer longer than `maxCharacters`; it is not taken then */
  append(event: ChatEvent): boolean {
    if (!isDelta(event)) return this.appendWhole(event);
    if (this.heldSurrogate !== '' && this.heldType !== event.type) this.releaseSurrogate();
    const text = this.heldSurrogate + event.text;
    const change = this.runType === event.type ? 0 : ENTRY_CHARACTERS;
    if (this.characters + text.length + change > this.maxCharacters) return false;
    this.characters += change;
    const cut = endsInHighSurrogate(text);
    this.heldSurrogate = cut ? text.slice(-1) : '';
    this.heldType = event.type;
    this.pushDelta(event.type, wellFormed(cut ? text.slice(0, -1) : text));
    return true;
  }

  /** Releases what was held back for a better cut: call it once the upstream has ended. */
  seal(): void {
    this.releaseSurrogate();
  }

  /**
   * Moves the position without an event: after a crash the end of a turn must lie behind everything that any client
   * may have seen, which is more than what was saved.
   */
  skipTo(position: number): void {
    this.closeRun();
    this.position = Math.max(this.position, position);
  }

  /** Lets go of everything but `end` and `size`, until `reload`. */
  evict(): void {
    this.entries = [];
    this.run = [];
    this.evicted = true;
  }

  /**
   * @param same another log of the same turn, whole; not to be used any more
   * @throws Error when it does not end where this one does
   */
  reload(same: TurnLog): void {
    if (same.end !== this.end) throw new Error(`the log ends at ${same.end} and ended at ${this.end}`);
    same.closeRun();
    this.entries = same.entries;
    this.evicted = false;
  }

  /**
   * Everything behind `after`, adjacent text merged, in order, up to `maxCharacters` of text, which may end in the middle of a text.
   * @param after a position that this log has or had; one beyond the end yields nothing
   */
  read(after: number, maxCharacters = Number.MAX_SAFE_INTEGER): readonly PositionedEvent[] {
    if (after >= this.position) return [];
    if (this.evicted) throw new Error('the log of the turn is not in memory');
    const latest = this.run.at(-1);
    // Nearly every read of a stream that runs: a reader that had everything, and the delta that has just come.
    if (latest !== undefined && this.position - latest.length === after && latest.length <= maxCharacters) {
      return [{ event: { type: this.runType, text: latest }, end: this.position }];
    }
    const merged: PositionedEvent[] = [];
    let taken = 0;
    for (let index = this.indexBehind(after); taken < maxCharacters; index++) {
      const entry =
        this.entries[index] ?? (index === this.entries.length ? this.openEntry(after) : undefined);
      if (entry === undefined) break;
      if (!isDelta(entry.event)) {
        merged.push(entry);
        continue;
      }
      const start = Math.max(after, entry.end - entry.event.text.length);
      const whole = entry.event.text.slice(entry.event.text.length - (entry.end - start));
      const text = atMost(whole, maxCharacters - taken);
      const end = start + text.length;
      taken += text.length;
      const last = merged.at(-1);
      if (last !== undefined && isDelta(last.event) && last.event.type === entry.event.type) {
        merged[merged.length - 1] = { event: { type: last.event.type, text: last.event.text + text }, end };
      } else {
        merged.push({ event: { type: entry.event.type, text }, end });
      }
      if (text !== whole) break;
    }
    return merged;
  }

  /** The turn's own events always fit: a client must be able to learn how its turn ended. */
  private appendWhole(event: ChatEvent): boolean {
    const own = event.type === 'turn-start' || event.type === 'error' || event.type === 'turn-end';
    const json = own ? '' : JSON.stringify(event);
    const size = own ? 0 : json.length + ENTRY_CHARACTERS;
    if (this.characters + size > this.maxCharacters) return false;
    this.releaseSurrogate();
    this.closeRun();
    this.position += weightOf(event);
    this.entries.push({ event: wellFormedValue(event, json), end: this.position });
    this.characters += size;
    return true;
  }

  private pushDelta(type: Delta['type'], text: string): void {
    if (text === '') return;
    if (this.runType !== type) this.closeRun();
    this.runType = type;
    this.run.push(text);
    this.position += text.length;
    this.characters += text.length;
    if (this.run.length === RUN_LENGTH || text.length >= LARGE_DELTA) this.closeRun();
  }

  private closeRun(): void {
    if (this.run.length === 0) return;
    this.entries.push({ event: { type: this.runType, text: this.run.join('') }, end: this.position });
    this.run = [];
  }

  /** The run as an entry, without those of its deltas that end before `after`; nothing when all do. */
  private openEntry(after: number): PositionedEvent | undefined {
    let first = this.run.length;
    for (let start = this.position; start > after && first > 0; first--)
      start -= this.run[first - 1]?.length ?? 0;
    if (first === this.run.length) return undefined;
    return { event: { type: this.runType, text: this.run.slice(first).join('') }, end: this.position };
  }

  private releaseSurrogate(): void {
    const held = this.heldSurrogate;
    this.heldSurrogate = '';
    this.pushDelta(this.heldType, wellFormed(held));
  }

  /** Index of the first entry that ends behind `after`, or of the run. Most readers are at the end, so the search starts there. */
  private indexBehind(after: number): number {
    if (after >= (this.entries.at(-1)?.end ?? 0)) return this.entries.length;
    let low = 0;
    let high = this.entries.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle]?.end ?? 0) > after) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** The beginning of a text, of this length or, where that would cut a surrogate pair, one less; at least one character. */
function atMost(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length);
  if (!endsInHighSurrogate(cut)) return cut;
  return cut.length > 1 ? cut.slice(0, -1) : text.slice(0, 2);
}

function endsInHighSurrogate(text: string): boolean {
  const code = text.charCodeAt(text.length - 1);
  return code >= 0xd800 && code <= 0xdbff;
}
