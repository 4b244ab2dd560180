import { readFileSync } from 'node:fs';
import { ConfigError } from '../config.error.js';
import type { Concern, Environment, Setting, SettingGroup, Values } from './setting.js';

/** The settings of a process by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** @returns the trimmed value, or `undefined` when it is unset or empty */
export function textOf(env: Env, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

/** Where a secret may also stand, as containers mount them. */
export const fileNameOf = (name: string): string => `${name}_FILE`;

/** Reads concerns out of an environment and collects what is wrong instead of stopping at the first problem. */
export class SettingsReader {
  private readonly problems: string[] = [];

  constructor(private readonly env: Env) {}

  /** The part of the configuration that the concern makes. */
  read<S extends SettingGroup, C>({ settings, compose }: Concern<S, C>, environment: Environment): C {
    const values = Object.fromEntries(
      Object.entries(settings).map(([key, setting]) => [key, this.value(setting, environment)]),
    );
    return compose(values as Values<S>, {
      production: environment === 'production',
      fail: (name, problem) => this.fail(name, problem),
    });
  }

  value<T>(setting: Setting<T>, environment: Environment): T {
    const { name, kind, isSecret } = setting;
    const text = isSecret ? this.secret(name) : textOf(this.env, name);
    if (text === undefined) return setting.fallback(environment);
    const value = kind.parse(text);
    if (value !== undefined) return value;
    this.fail(name, `must be ${kind.form}`);
    return setting.fallback(environment);
  }

  fail(name: string, problem: string): void {
    this.problems.push(`${name} ${problem}`);
  }

  /** @throws ConfigError when anything was wrong */
  finish(): void {
    if (this.problems.length > 0) throw new ConfigError(this.problems);
  }

  private secret(name: string): string | undefined {
    const file = textOf(this.env, fileNameOf(name));
    const text = textOf(this.env, name);
    if (file === undefined) return text;
    if (text !== undefined) this.fail(name, `must not be set together with ${fileNameOf(name)}`);
    try {
      const content = readFileSync(file, 'utf8').trim();
      if (content !== '') return content;
      this.fail(fileNameOf(name), 'names a file that is empty');
    } catch {
      this.fail(fileNameOf(name), 'names a file that cannot be read');
    }
    return undefined;
  }
}
