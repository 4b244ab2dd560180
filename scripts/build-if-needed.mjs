// `npm start` on a fresh machine builds first; a build that is newer than every source file is kept.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

const SOURCES = ['src', 'web', 'packages'].filter((folder) => existsSync(folder));
const INPUTS = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/bundle-server.mjs'];
const GENERATED = ['dist', 'node_modules'];
/** Only a build makes it: `dist/main.js` is also what `npm run start:dev` compiles. */
const RESULT = 'dist/bundle/server.js';

const newest = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && !entry.parentPath.split(sep).some((name) => GENERATED.includes(name)),
    )
    .reduce((latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);

const built = statSync(RESULT, { throwIfNoEntry: false })?.mtimeMs ?? 0;
if (built < Math.max(...SOURCES.map(newest), ...INPUTS.map((file) => statSync(file).mtimeMs))) {
  // Not to standard output, which is the data of the command behind it.
  process.stderr.write('Building Tollgate (first start or changed sources) …\n');
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    stdio: ['inherit', process.stderr, 'inherit'],
    shell: process.platform === 'win32',
  });
  // Half a build would pass for a whole one at the next start.
  if (status !== 0) rmSync(RESULT, { force: true });
  process.exit(status ?? 1);
}
