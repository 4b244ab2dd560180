/** A piece of markdown that means the same alone as in its place, so that a growing answer has only its last piece parsed again. */
export interface Segment {
  readonly source: string;
  /** Set when the piece is nothing but a code block: it needs no parser. */
  readonly code?: { readonly text: string; readonly language: string };
}

const FENCE = /^(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*$/;
const ANY_FENCE = /^\s*(?:[-*+>]\s+|\d{1,9}[.)]\s+)*(`{3,}|~{3,})/;
const LIST_ITEM = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/;
const DEFINITION = /^ {0,3}\[([^\]\n]+)\]:[ \t]*\S/;
const FOOTNOTE = /^ {0,3}\[\^[^\]\n]+\]:/m;

/**
 * Cuts only where nothing can reach across: behind a blank line, before a line that is not indented and does not go on with a list, outside
 * of code and formulas. Where it is in doubt it does not cut. Link definitions are put behind every piece that could use them.
 */
export function splitMarkdown(text: string): readonly Segment[] {
  // A footnote is numbered by all the others.
  if (FOOTNOTE.test(text)) return [{ source: text }];
  const splitter = new Splitter();
  for (const line of text.split('\n')) splitter.take(line);
  return splitter.end();
}

class Splitter {
  private readonly segments: Segment[] = [];
  private readonly definitions: string[] = [];
  private lines: string[] = [];
  private fence: { readonly mark: string; readonly language: string | undefined } | undefined;
  private inFormula = false;
  private inList = false;
  private afterBlank = false;

  take(line: string): void {
    if (this.fence !== undefined) {
      this.lines.push(line);
      if (closes(line, this.fence.mark)) this.endFence(line);
      return;
    }
    if (this.inFormula) {
      this.lines.push(line);
      if (togglesFormula(line)) this.inFormula = false;
      return;
    }
    const own = FENCE.exec(line);
    if (own !== null && !this.inList) {
      this.cut();
      this.fence = { mark: own[1] ?? '', language: own[2] ?? '' };
      this.lines.push(line);
      return;
    }
    if (this.afterBlank && /^\S/.test(line) && !(this.inList && LIST_ITEM.test(line))) this.cut();
    this.lines.push(line);
    this.afterBlank = line.trim() === '';
    if (LIST_ITEM.test(line)) this.inList = true;
    if (DEFINITION.test(line)) this.definitions.push(line);
    const nested = ANY_FENCE.exec(line);
    if (nested !== null) this.fence = { mark: nested[1] ?? '', language: undefined };
    else if (togglesFormula(line)) this.inFormula = true;
  }

  end(): readonly Segment[] {
    // An open fence at the end: the code is still being written.
    if (this.fence?.language !== undefined) this.pushCode(this.lines.slice(1), this.fence.language);
    else this.cut();
    if (this.definitions.length === 0) return this.segments;
    const known = `\n\n${this.definitions.join('\n')}`;
    return this.segments.map((segment) =>
      segment.code === undefined && segment.source.includes('[')
        ? { source: segment.source + known }
        : segment,
    );
  }

  private endFence(line: string): void {
    const { language } = this.fence ?? {};
    this.fence = undefined;
    this.afterBlank = false;
    if (language === undefined) return;
    this.pushCode(this.lines.slice(1, line === '' ? undefined : -1), language);
    this.lines = [];
  }

  private pushCode(lines: readonly string[], language: string): void {
    const text = lines.join('\n');
    this.segments.push({ source: `${language}\n${text}`, code: { text, language } });
  }

  private cut(): void {
    const source = this.lines.join('\n');
    if (source.trim() !== '') this.segments.push({ source });
    this.lines = [];
    this.inList = false;
    this.afterBlank = false;
  }
}

function closes(line: string, mark: string): boolean {
  const trimmed = line.trim();
  return (
    trimmed.length >= mark.length &&
    trimmed.startsWith(mark) &&
    [...trimmed].every((character) => character === mark[0])
  );
}

/** Whether a formula of several lines begins or ends here. */
function togglesFormula(line: string): boolean {
  const dollars = line.split('$$').length - 1;
  const opens = line.split('\\[').length - 1;
  const ends = line.split('\\]').length - 1;
  return dollars % 2 === 1 || opens !== ends;
}
