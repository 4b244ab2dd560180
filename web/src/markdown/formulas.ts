/** Markdown in which every formula is written in the one way that the parser reads. */
export interface Prepared {
  readonly markdown: string;
  readonly hasFormulas: boolean;
}

type Piece =
  | { readonly kind: 'text' | 'dollar'; readonly source: string }
  | { readonly kind: 'inline' | 'display'; readonly source: string; readonly tex: string };

/** A formula longer than this is none: somebody has forgotten a dollar. */
const MAX_INLINE_CHARACTERS = 1000;
const SPECIAL = /[`~\\$]/g;
const BEFORE_FENCE = /^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)*$/;

/**
 * Finds formulas as models write them: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, over several lines, in lists, quotes and tables; and leaves alone what
 * is none: code, amounts of money, names of variables.
 * @param as `math` for the parser with formulas, `code` while that is not there: nothing in a formula may be read as markdown meanwhile
 */
export function prepareFormulas(source: string, as: 'math' | 'code'): Prepared {
  if (!/[$\\]/.test(source)) return { markdown: source, hasFormulas: false };
  const pieces = scan(source);
  const hasFormulas = pieces.some(({ kind }) => kind === 'inline' || kind === 'display');
  // Without the parser of formulas a dollar is a dollar.
  if (!hasFormulas) return { markdown: source, hasFormulas };
  let markdown = '';
  for (const piece of pieces) {
    if (piece.kind === 'text') markdown += piece.source;
    else if (!('tex' in piece)) markdown += '\\$';
    else if (as === 'code') markdown += `\`\` ${oneLine(piece.source)} \`\``;
    else markdown += written(piece.tex, piece.kind, isInTable(markdown));
  }
  return { markdown, hasFormulas };
}

function written(tex: string, kind: 'inline' | 'display', inTable: boolean): string {
  // A dollar would end the formula, a bar the cell.
  let line = oneLine(tex).replaceAll('\\$', '\\text{\\textdollar}').replaceAll('$', '');
  if (inTable) line = line.replaceAll('\\|', '\\Vert ').replaceAll('|', '\\vert ');
  return kind === 'display' ? `$$ ${line} $$` : `$${line}$`;
}

function oneLine(tex: string): string {
  return tex
    .split('\n')
    .map((line) => line.replace(/^\s*>/, '').replace(/(^|[^\\])%.*$/, '$1'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

function isInTable(before: string): boolean {
  return before
    .slice(before.lastIndexOf('\n') + 1)
    .trimStart()
    .startsWith('|');
}

function scan(source: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let taken = 0;
  /** What was looked for in vain is not looked for again: a text of nothing but openings must not take its square. */
  const missing = new Set<string>();
  const find = (closing: string, from: number): number => {
    if (missing.has(closing)) return -1;
    const index = source.indexOf(closing, from);
    if (index === -1) missing.add(closing);
    return index;
  };
  const add = (start: number, piece: Piece): void => {
    if (start > taken) pieces.push({ kind: 'text', source: source.slice(taken, start) });
    pieces.push(piece);
    taken = start + piece.source.length;
    SPECIAL.lastIndex = taken;
  };
  SPECIAL.lastIndex = 0;
  for (let match = SPECIAL.exec(source); match !== null; match = SPECIAL.exec(source)) {
    const { index } = match;
    if (match[0] === '`' || match[0] === '~') {
      SPECIAL.lastIndex = endOfCode(source, index, missing);
      continue;
    }
    const formula = match[0] === '\\' ? bracketed(source, index, find) : dollars(source, index, find);
    if (formula !== undefined) add(index, formula);
    else if (match[0] === '\\') SPECIAL.lastIndex = index + 2;
    else add(index, { kind: 'dollar', source: '$' });
  }
  if (taken < source.length) pieces.push({ kind: 'text', source: source.slice(taken) });
  return pieces;
}

type Find = (closing: string, from: number) => number;

function bracketed(source: string, index: number, find: Find): Piece | undefined {
  const opening = source[index + 1];
  if (opening !== '(' && opening !== '[') return undefined;
  const end = find(opening === '(' ? '\\)' : '\\]', index + 2);
  if (end === -1) return undefined;
  const kind = opening === '(' ? 'inline' : 'display';
  const tex = source.slice(index + 2, end);
  return tex.trim() === '' ? undefined : { kind, source: source.slice(index, end + 2), tex };
}

function dollars(source: string, index: number, find: Find): Piece | undefined {
  if (source[index + 1] === '$') {
    const end = find('$$', index + 2);
    const tex = source.slice(index + 2, end);
    return end === -1 || tex.trim() === ''
      ? undefined
      : { kind: 'display', source: source.slice(index, end + 2), tex };
  }
  // As pandoc has it: nothing blank inside the dollars, no digit behind them; and no letter before.
  if (/\s|^$/.test(source[index + 1] ?? '') || /[A-Za-z0-9$]/.test(source[index - 1] ?? '')) return undefined;
  let end = source.indexOf('$', index + 1);
  while (end !== -1 && source[end - 1] === '\\') end = source.indexOf('$', end + 1);
  if (end === -1 || end - index > MAX_INLINE_CHARACTERS) return undefined;
  const tex = source.slice(index + 1, end);
  if (/\s$|\n\s*\n|`/.test(tex) || /[A-Za-z0-9$]/.test(source[end + 1] ?? '')) return undefined;
  return isMoney(tex) ? undefined : { kind: 'inline', source: source.slice(index, end + 1), tex };
}

/** “$5 and 10$”: begins with a digit, and has nothing of a formula. */
function isMoney(tex: string): boolean {
  return /^[\d.,]/.test(tex) && !/[\\^_{}=<>+*/]/.test(tex) && !/^[\d.,]+ ?[A-Za-z]?$/.test(tex);
}

/** Where the code that begins here ends; behind the marks where they begin none. */
function endOfCode(source: string, index: number, missing: Set<string>): number {
  const mark = /^(?:`+|~+)/.exec(source.slice(index, index + 64))?.[0] ?? '';
  const behind = index + mark.length;
  const lineStart = source.lastIndexOf('\n', index - 1) + 1;
  if (mark.length >= 3 && BEFORE_FENCE.test(source.slice(lineStart, index))) {
    const closing = source.indexOf(`\n${mark}`, behind);
    const indented = closing === -1 ? source.slice(behind).search(new RegExp(`\\n[ \\t>]*${mark}`)) : -1;
    if (closing === -1 && indented === -1) return source.length;
    const start = closing === -1 ? behind + indented : closing;
    const lineEnd = source.indexOf('\n', start + 1);
    return lineEnd === -1 ? source.length : lineEnd;
  }
  if (mark.startsWith('~') || missing.has(mark)) return behind;
  const runs = /`+/g;
  runs.lastIndex = behind;
  for (let run = runs.exec(source); run !== null; run = runs.exec(source))
    if (run[0].length === mark.length) return run.index + mark.length;
  missing.add(mark);
  return behind;
}
