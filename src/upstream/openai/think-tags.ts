import type { SaidPart } from './openai-content.js';

const OPENING = '<think>';
const CLOSING = '</think>';

/**
 * Tells the thoughts that a model writes into its text, between `<think>` and `</think>`, from the text. A tag may be cut anywhere: what may be
 * the beginning of one is kept back until it is known.
 */
export class ThinkTags {
  private thinking = false;
  private kept = '';

  /** What is known of the text so far, in order. */
  read(text: string): readonly SaidPart[] {
    if (this.kept === '' && !text.includes('<')) return text === '' ? [] : [this.part(text)];
    const parts: SaidPart[] = [];
    let rest = this.kept + text;
    for (let at = this.tagIn(rest); at >= 0; at = this.tagIn(rest)) {
      if (at > 0) parts.push(this.part(rest.slice(0, at)));
      rest = rest.slice(at + this.tag.length);
      this.thinking = !this.thinking;
    }
    const known = rest.length - lengthOfCutTag(rest, this.tag);
    this.kept = rest.slice(known);
    if (known > 0) parts.push(this.part(rest.slice(0, known)));
    return parts;
  }

  /** What was kept back, when no more text comes. */
  end(): readonly SaidPart[] {
    const { kept } = this;
    this.kept = '';
    return kept === '' ? [] : [this.part(kept)];
  }

  private get tag(): string {
    return this.thinking ? CLOSING : OPENING;
  }

  private tagIn(text: string): number {
    return text.indexOf(this.tag);
  }

  private part(text: string): SaidPart {
    return { kind: this.thinking ? 'reasoning' : 'text', text };
  }
}

/** How many characters at the end of a text may be the beginning of a tag. */
function lengthOfCutTag(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}
