import { readFileSync } from 'node:fs';
import { AssertionError } from 'node:assert';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { transformSync } from '@swc/core';

const require = createRequire(import.meta.url);
/** Jest gives every test file an `Error` of its own, and what `fetch` throws is none of them; a page has but one. */
const PageError = Object.getPrototypeOf(AssertionError) as ErrorConstructor;

/**
 * Runs a source file of the todo assistant's web page as its bundler would.
 * @param modules what its own imports (`@/…`) lead to
 * @returns what it exports
 */
export function loadSource<T>(file: string, modules: Readonly<Record<string, unknown>>): T {
  const source = readFileSync(join(import.meta.dirname, '__fixtures__', `${file}.txt`), 'utf8');
  const { code } = transformSync(source, {
    filename: file,
    jsc: {
      parser: { syntax: 'typescript', tsx: true },
      transform: { react: { runtime: 'automatic' } },
      target: 'es2022',
    },
    module: { type: 'commonjs' },
  });
  const exports = {};
  const load = (name: string): unknown => modules[name] ?? (require(name) as unknown);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  new Function('require', 'exports', 'Error', code)(load, exports, PageError);
  return exports as T;
}
