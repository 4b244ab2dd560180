// TypeScript compiled in memory and kept below `node_modules/.cache`: one entry for each file, replaced when it or the compiler has changed.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { threadId } from 'node:worker_threads';
import { transformSync } from '@swc/core';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/tollgate-typescript/', import.meta.url));
const OPTIONS = {
  sourceMaps: true,
  swcrc: false,
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: 'es6' },
};
const COMPILER = `${createRequire(import.meta.url)('@swc/core/package.json').version} ${JSON.stringify(OPTIONS)}`;

const digest = (...parts) => createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
const entryOf = (path) => join(CACHE, digest(path));

/** Where the source map of a file lies that has been compiled. */
export const sourceMapOf = (path) => `${entryOf(path)}.map`;

/** @returns the file as JavaScript, which names its source map */
export function compile(path) {
  const source = readFileSync(path, 'utf8');
  const key = `//${digest(COMPILER, source)}\n`;
  const entry = entryOf(path);
  const kept = readIfThere(`${entry}.js`);
  if (kept?.endsWith(key)) return kept;
  const { code, map } = transformSync(source, { ...OPTIONS, filename: path, sourceFileName: path });
  const mapPath = sourceMapOf(path);
  const compiled = `${code}\n//# sourceMappingURL=${pathToFileURL(mapPath).href}\n${key}`;
  mkdirSync(CACHE, { recursive: true });
  replace(mapPath, map);
  replace(`${entry}.js`, compiled);
  return compiled;
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Processes side by side may do the same, and none may see half a file. */
function replace(path, content) {
  const fresh = `${path}.${process.pid}.${threadId}`;
  writeFileSync(fresh, content);
  renameSync(fresh, path);
}
