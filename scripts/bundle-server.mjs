// The last step of the build: puts the server's thousand modules into a few files. A start spends most of its time on finding, reading and linking modules.
// `dist/main.js` becomes the way in; the commands beside it stay as they were compiled.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build } from 'vite';

const MAIN = 'dist/main.js';
/** As deep as the modules that look for files beside themselves: the page, and `package.json`. */
const BUNDLE = 'dist/bundle';
/** Linked, and so taken for our own; one of them starts workers from files of its own. */
const WORKSPACES = ['@tollgate/embedded-mongo', '@tollgate/client'];

await build({
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  ssr: { external: WORKSPACES },
  build: {
    ssr: true,
    target: 'node20',
    outDir: BUNDLE,
    minify: false,
    sourcemap: true,
    rollupOptions: {
      input: { server: MAIN },
      // Node reads a map along with its file, at once.
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
        sourcemapExcludeSources: true,
      },
    },
  },
});

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
for (const file of readdirSync(BUNDLE).filter((name) => name.endsWith('.js'))) {
  const text = readFileSync(join(BUNDLE, file), 'utf8');
  // Names of classes are names of schemas in the OpenAPI document, and in logs. Two of one name would get a number.
  const renamed = text.match(/\bclass \w+\$\d+|\w+\$\d+ = class(?: extends| \{)/g);
  if (renamed !== null) throw new Error(`Two classes have the same name: ${renamed.join(', ')}`);
  // What is wanted from here must be installed for here, also where the packages of the development are not.
  for (const [, name] of text.matchAll(
    /^(?:import|export) (?:[^'"]*? from )?["']((?:@[^/"']+\/)?[^./"'][^/"']*)/gm,
  ))
    if (!isBuiltin(name) && !(name in dependencies))
      throw new Error(`${file} imports ${name}, which is no dependency`);
}

rmSync(`${MAIN}.map`, { force: true });
writeFileSync(MAIN, `import './bundle/server.js';\n`);
