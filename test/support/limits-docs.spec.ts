import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

function check(...more: readonly string[]): { readonly stderr: string; readonly status: number | null } {
  const { stderr, status } = spawnSync(process.execPath, ['scripts/limits-docs.mjs', '--check', ...more], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { stderr, status };
}

it('docs/limits.md says what the constants say (npm run limits:docs)', () => {
  expect(check()).toEqual({ stderr: '', status: 0 });
});

describe('bounds in a folder that has no section', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'tollgate-limits-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it.each(['src/somewhere/new.ts', 'src/new.ts', 'packages/another/src/new.tsx'])(
    'are not passed over: %s',
    async (file) => {
      await mkdir(join(root, file, '..'), { recursive: true });
      await writeFile(join(root, file), 'export const MAX_NEW_THINGS = 3;\n');
      const { stderr, status } = check('--root', root);
      expect(stderr).toContain(`for the bounds of ${file}\n`);
      expect(status).toBe(1);
      expect(await readdir(root)).not.toContain('docs');
    },
  );
});
