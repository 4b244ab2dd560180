// `npm start` on a fresh machine builds first; a build that is newer than every source file is kept.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const newest = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);

const built = statSync('dist/main.js', { throwIfNoEntry: false })?.mtimeMs ?? 0;
const inputs = ['package.json', 'tsconfig.json', 'tsconfig.build.json'].map((file) => statSync(file).mtimeMs);
if (built < Math.max(newest('src'), ...inputs)) {
  process.stdout.write('Building Tollgate (first start or changed sources) …\n');
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  process.exit(status ?? 1);
}
