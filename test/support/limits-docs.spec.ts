import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

it('docs/limits.md says what the constants say (npm run limits:docs)', () => {
  const { stderr, status } = spawnSync(process.execPath, ['scripts/limits-docs.mjs', '--check'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});
