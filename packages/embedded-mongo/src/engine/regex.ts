import { CommandError, unsupported } from '../errors.js';

const OPTIONS = new Set(['i', 'm', 's', 'x', 'u']);
const NOT_NEWLINE = '[^\\n]';
const END = '(?![^])';
const ESCAPED_CLASSES: Record<string, string> = {
  d: '0-9',
  w: 'A-Za-z0-9_',
  s: '\\t-\\r ',
};
const CONTROL_ESCAPES = new Set(['n', 'r', 't', 'f']);

/**
 * Translates the part of PCRE that means the same everywhere into a JavaScript expression: literals, classes, groups,
 * look-around, quantifiers, anchors. `.`, `^`, `$`, `\s` and `\w` keep PCRE's meaning; what has no exact counterpart is refused.
 * @throws CommandError 51091 for an invalid pattern or option, 115 for a construct outside the subset
 */
export function compileRegex(pattern: string, options: string): RegExp {
  for (const option of options) {
    if (!OPTIONS.has(option)) throw new CommandError(51108, ` invalid flag in regex options: ${option}`);
  }
  if (options.includes('x')) throw unsupported('the regular expression option x');
  if (pattern.includes('\0'))
    throw new CommandError('BadValue', 'Regular expression cannot contain an embedded null byte');
  const source = new Translator(pattern, options).translate();
  try {
    return new RegExp(source, options.includes('i') ? 'ui' : 'u');
  } catch (error) {
    throw new CommandError(
      'InvalidRegex',
      `Regular expression is invalid: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

class Translator {
  private position = 0;
  private readonly multiline: boolean;
  private readonly dot: string;

  constructor(
    private readonly pattern: string,
    options: string,
  ) {
    this.multiline = options.includes('m');
    this.dot = options.includes('s') ? '[^]' : NOT_NEWLINE;
  }

  translate(): string {
    let source = '';
    while (this.position < this.pattern.length) source += this.next();
    return source;
  }

  private next(): string {
    const character = this.take();
    switch (character) {
      case '.':
        return this.dot;
      case '^':
        return this.multiline ? '(?:(?<![^])|(?<=\\n)(?=[^]))' : '(?<![^])';
      case '$':
        return this.multiline ? `(?:(?=\\n)|${END})` : `(?=\\n?${END})`;
      case '[':
        return this.characterClass();
      case '(':
        return this.group();
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
        return this.quantifier(character);
      case '{':
        return this.braces();
      case '}':
      case ']':
        return `\\${character}`;
      default:
        return character;
    }
  }

  private take(): string {
    const character = String.fromCodePoint(this.pattern.codePointAt(this.position) ?? 0);
    this.position += character.length;
    return character;
  }

  private quantifier(text: string): string {
    if (this.pattern[this.position] === '+')
      throw unsupported('possessive quantifiers in regular expressions');
    return text;
  }

  private braces(): string {
    const quantifier = /^\d+(,\d*)?\}/.exec(this.pattern.slice(this.position))?.[0];
    if (quantifier === undefined) {
      // Newer PCRE versions read {,n} as a quantifier, older ones as text.
      if (/^,\d+\}/.test(this.pattern.slice(this.position))) throw unsupported('{,n} in regular expressions');
      return '\\{';
    }
    this.position += quantifier.length;
    return this.quantifier(`{${quantifier}`);
  }

  private group(): string {
    const rest = this.pattern.slice(this.position);
    if (rest.startsWith('*')) throw unsupported('verbs in regular expressions');
    if (!rest.startsWith('?')) return '(';
    const prefix = /^\?(?::|=|!|<=|<!)/.exec(rest)?.[0];
    if (prefix === undefined) throw unsupported(`the group (${rest.slice(0, 3)} in regular expressions`);
    this.position += prefix.length;
    return `(${prefix}`;
  }

  private escape(): string {
    if (this.position >= this.pattern.length)
      throw new CommandError('InvalidRegex', 'Regular expression is invalid: \\ at end of pattern');
    const character = this.take();
    const escaped = ESCAPED_CLASSES[character.toLowerCase()];
    if (escaped !== undefined)
      return character === character.toLowerCase() ? `[${escaped}]` : `[^${escaped}]`;
    if (character === 'b' || character === 'B') return `\\${character}`;
    if (character === 'A') return '(?<![^])';
    if (character === 'z') return END;
    return this.literalEscape(character);
  }

  private literalEscape(character: string): string {
    if (CONTROL_ESCAPES.has(character)) return `\\${character}`;
    if (character === 'x') {
      const match = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(this.pattern.slice(this.position));
      if (!match) throw unsupported('this \\x escape in regular expressions');
      this.position += match[0].length;
      return `\\u{${match[1] ?? match[2] ?? ''}}`;
    }
    if (/[A-Za-z0-9]/.test(character)) throw unsupported(`\\${character} in regular expressions`);
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  }

  private characterClass(): string {
    let source = '[';
    if (this.pattern[this.position] === '^') {
      source += '^';
      this.position++;
    }
    for (let first = true; ; first = false) {
      if (this.position >= this.pattern.length) {
        throw new CommandError(
          'InvalidRegex',
          'Regular expression is invalid: missing terminating ] for character class',
        );
      }
      const character = this.take();
      if (character === ']' && !first) return `${source}]`;
      source += this.classMember(character);
    }
  }

  private classMember(character: string): string {
    if (character === '[' && /^[:.=]/.test(this.pattern.slice(this.position))) {
      throw unsupported('POSIX classes in regular expressions');
    }
    if (character === '-') return '-';
    if (character !== '\\')
      return /[A-Za-z0-9]/.test(character)
        ? character
        : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
    const escaped = this.take();
    const inside = ESCAPED_CLASSES[escaped];
    if (inside !== undefined) return inside;
    return this.literalEscape(escaped);
  }
}
