/** A frame longer than this is no answer of a chat. In UTF-16 code units. */
const MAX_GROUP_CHARACTERS = 32 * 1024 * 1024;

/**
 * Cuts an event stream of Tollgate where it can be gone on with: behind a frame with an id, which is the last of its event. The bytes are kept
 * as they are.
 */
export class FrameGroups {
  private readonly decoder = new TextDecoder('utf-8');
  private held = '';
  /** Up to here `held` is whole frames without an id. */
  private whole = 0;
  /** Of the last frame that was handed out; '' before the first. */
  lastId = '';
  /** Whether the stream has said all that it has to say. */
  isComplete = false;

  /** @returns what can be handed on, perhaps nothing @throws RangeError for a frame beyond any measure */
  push(bytes: Uint8Array): string {
    this.held += this.decoder.decode(bytes, { stream: true });
    let ready = 0;
    for (let end = this.endOfFrame(); end > 0; end = this.endOfFrame()) {
      const frame = this.held.slice(this.whole, end);
      this.whole = end;
      const id = /^id: ?(.*)$/m.exec(frame)?.[1];
      if (id !== undefined) this.lastId = id;
      if (isLast(frame)) this.isComplete = true;
      if (id !== undefined || this.isComplete) ready = end;
    }
    if (this.held.length - ready > MAX_GROUP_CHARACTERS) throw new RangeError('The event is too long.');
    const text = this.held.slice(0, ready);
    this.held = this.held.slice(ready);
    this.whole -= ready;
    return text;
  }

  /** The connection is another one now, and what was held back comes once more. */
  restart(): void {
    this.decoder.decode();
    this.held = '';
    this.whole = 0;
  }

  /** @returns -1 when it has not come */
  private endOfFrame(): number {
    const end = this.held.indexOf('\n\n', this.whole);
    return end < 0 ? -1 : end + '\n\n'.length;
  }
}

/** The end of an answer in the AI SDK's format, of a turn that failed there, and in the predict format. */
function isLast(frame: string): boolean {
  const data = /^data: ?(.*)$/m.exec(frame)?.[1] ?? '';
  return data === '[DONE]' || /^\{"(type":"error"|event":"end")[,}]/.test(data);
}
