import type { ProviderEvent } from '../contract/chat-event.js';

type TextType = 'text-delta' | 'reasoning-delta';

/**
 * Collects events until they are taken, joining adjacent text of one kind. A surrogate pair that the upstream cut in two
 * is joined again, also when the first half was at the end of what was taken: half a character cannot be stored or sent.
 */
export class TextBatch {
  private events: ProviderEvent[] = [];
  private type: TextType = 'text-delta';
  private text = '';

  /** Adds text; empty text is nothing. */
  addText(type: TextType, text: string): void {
    if (text === '') return;
    if (type !== this.type) {
      this.closeText();
      this.type = type;
    }
    this.text += text;
  }

  add(event: ProviderEvent): void {
    this.closeText();
    this.events.push(event);
  }

  /** Everything collected so far, but for the first half of a character whose second half may still come. */
  take(): readonly ProviderEvent[] {
    let half = '';
    if (this.text !== '' && isHighSurrogate(this.text.charCodeAt(this.text.length - 1))) {
      half = this.text.slice(-1);
      this.text = this.text.slice(0, -1);
    }
    const events = this.takeAll();
    this.text = half;
    return events;
  }

  /** Everything collected, when nothing more can come. */
  takeAll(): readonly ProviderEvent[] {
    this.closeText();
    const events = this.events;
    this.events = [];
    return events;
  }

  private closeText(): void {
    if (this.text === '') return;
    this.events.push({ type: this.type, text: this.text });
    this.text = '';
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
