// jest's global set-up: a worker thread cannot load TypeScript, so the package's sources are compiled once per change into a cache. Into a file for each thread,
// because tests start hundreds of them, and half of what one costs is finding and loading its modules.
import { renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keptCopy, sourcesBelow } from './kept-copy.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');
const cache = join(root, 'node_modules/.cache/worker');

/** The package itself, for programs that run compiled sources; what it starts as threads; what such a thread runs, for one that tests keep; its commands, which tests start as processes. */
const ENTRIES = [
  'index',
  'worker',
  'run-embedded-database',
  'store/verify-worker',
  'cli/serve',
  'cli/backup',
  'cli/restore',
];

/** @returns {Promise<string>} the folder of the compiled copy, which has each entry where the package has it */
export default async function compileEmbedded() {
  const sources = sourcesBelow(source).map((file) => join(source, file));
  const name = await keptCopy(cache, [fileURLToPath(import.meta.url), ...sources], compileInto);
  const pointer = join(cache, `current.${process.pid}`);
  writeFileSync(pointer, name);
  renameSync(pointer, join(cache, 'current'));
  return join(cache, name);
}

async function compileInto(folder) {
  const { build } = await import('vite');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    build: {
      ssr: true,
      outDir: folder,
      target: 'node20',
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input: Object.fromEntries(ENTRIES.map((entry) => [entry, join(source, `${entry}.ts`)])),
        // Threads are found by where the code that starts them lies: what entries share lies beside them.
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', keepNames: true },
      },
    },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(`${relative(root, await compileEmbedded())}\n`);
