// jest's global set-up: a worker thread cannot load TypeScript, so the package's sources are compiled once per change into a cache.
// The copy's folder is named by its content, so that test runs side by side never see a half-written or a newer one.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');
const cache = join(root, 'node_modules/.cache/worker');
const COPIES_KEPT = 8;

export default function compileEmbedded() {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .sort();
  const contents = files.map((file) => readFileSync(join(source, file), 'utf8'));
  const hash = createHash('sha256');
  for (const [index, file] of files.entries()) hash.update(`${file}\0${contents[index]}\0`);
  const name = hash.digest('hex').slice(0, 16);
  mkdirSync(cache, { recursive: true });
  if (!existsSync(join(cache, name))) compileInto(name, files, contents);
  const pointer = join(cache, `current.${process.pid}`);
  writeFileSync(pointer, name);
  renameSync(pointer, join(cache, 'current'));
  removeOld(name);
}

function compileInto(name, files, contents) {
  const folder = mkdtempSync(join(cache, 'new-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const [index, file] of files.entries()) {
    const target = join(folder, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    const { code } = transformSync(contents[index], {
      filename: join(source, file),
      sourceMaps: 'inline',
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022', keepClassNames: true },
      module: { type: 'es6' },
    });
    writeFileSync(target, code);
  }
  try {
    renameSync(folder, join(cache, name));
  } catch {
    // Another test run compiled the same content at the same time.
    rmSync(folder, { recursive: true, force: true });
  }
}

function removeOld(current) {
  const copies = readdirSync(cache)
    .filter((entry) => entry !== current && !entry.startsWith('current') && !entry.startsWith('new-'))
    .map((entry) => ({ entry, time: statSync(join(cache, entry)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { entry } of copies.slice(COPIES_KEPT))
    rmSync(join(cache, entry), { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(`${relative(root, cache)}\n${compileEmbedded() ?? ''}`);
