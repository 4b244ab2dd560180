// The last step of the build: puts the server's thousand modules, and those of what its OpenAPI document is made with, into a few files. A start spends
// most of its time on finding, reading and linking modules. `dist/main.js` becomes the way in; the commands beside it stay as they were compiled.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

const MAIN = 'dist/main.js';
/** As deep as the modules that look for files beside themselves: the page, and `package.json`. */
const BUNDLE = 'dist/bundle';
/** Many small modules, of which nothing else has an instance. All other packages are left as they are installed. */
const INLINED = ['@nestjs/swagger', 'es-toolkit'];
/** Linked, and so taken for our own; one of them starts workers from files of its own. */
const WORKSPACES = ['@tollgate/embedded-mongo', '@tollgate/client'];

await build({
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  ssr: { noExternal: INLINED.map((name) => new RegExp(`^${name}(/|$)`)), external: WORKSPACES },
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

// Names of classes are names of schemas in the OpenAPI document, and in logs. Two of one name would get a number.
const renamed = readFileSync(join(BUNDLE, 'server.js'), 'utf8').match(
  /\bclass \w+\$\d+|\w+\$\d+ = class(?: extends| \{)/g,
);
if (renamed !== null) throw new Error(`Two classes have the same name: ${renamed.join(', ')}`);

rmSync(`${MAIN}.map`, { force: true });
writeFileSync(MAIN, `import './bundle/server.js';\n`);
