import { readFileSync } from 'node:fs';

interface NumberRange {
  readonly min?: number;
  readonly max?: number;
}

/** Raised at start with the names of every setting that is wrong or missing; it never holds a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`The settings are not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** Reads typed values out of an environment and collects what is wrong instead of stopping at the first problem. */
export class EnvReader {
  private readonly problems: string[] = [];

  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

  /** @returns the trimmed value, or `undefined` when it is unset or empty */
  text(name: string): string | undefined {
    const value = this.env[name]?.trim();
    return value === '' ? undefined : value;
  }

  /** Like `text`, but `NAME_FILE` may name a file that holds the value (as container secrets do). */
  secret(name: string): string | undefined {
    const file = this.text(`${name}_FILE`);
    if (file === undefined) return this.text(name);
    if (this.text(name) !== undefined) this.fail(name, `set either it or ${name}_FILE, not both`);
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {
      this.fail(`${name}_FILE`, 'names a file that cannot be read');
      return undefined;
    }
  }

  integer(
    name: string,
    fallback: number,
    { min = 0, max = Number.MAX_SAFE_INTEGER }: NumberRange = {},
  ): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    this.fail(name, `must be a whole number from ${min} to ${max}`);
    return fallback;
  }

  oneOf<T extends string>(name: string, values: readonly T[], fallback: T): T {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) this.fail(name, `must be one of ${values.join(', ')}`);
    return found ?? fallback;
  }

  list(name: string): readonly string[] {
    const parts = (this.text(name) ?? '').split(',').map((part) => part.trim());
    return parts.filter((part) => part !== '');
  }

  /** An absolute URL without a trailing slash. */
  url(name: string, schemes: readonly string[] = ['http:', 'https:']): string | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (URL.canParse(value) && schemes.includes(new URL(value).protocol)) return value.replace(/\/+$/, '');
    this.fail(name, `must be a URL (${schemes.join(', ')})`);
    return undefined;
  }

  fail(name: string, problem: string): void {
    this.problems.push(`${name} ${problem}`);
  }

  /** @throws ConfigError when anything was wrong */
  finish(): void {
    if (this.problems.length > 0) throw new ConfigError(this.problems);
  }
}
