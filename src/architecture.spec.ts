import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The list of folders in the lint configuration; read as text, because linting's own packages need not be loaded for it. */
function listedFolders(): string[] {
  const config = readFileSync(join(ROOT, 'eslint.config.js'), 'utf8');
  const list = /export const FOLDERS = \[([^\]]*)\]/.exec(config)?.[1] ?? '';
  return [...list.matchAll(/'([^']+)'/g)].map(([, folder = '']) => folder);
}

describe('the house', () => {
  const folders = listedFolders();

  it('is drawn in ARCHITECTURE.md in the order that lint holds', () => {
    const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
    const table = text.slice(text.indexOf('| Folder '), text.indexOf('Beside `src` stand two packages'));
    const drawn = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, folder]) => folder);
    expect(drawn).toEqual(folders);
  });

  it('has no folder with sources that the list forgets', () => {
    const covered = (path: string): boolean =>
      folders.some((folder) => path === folder || (!isBeginning(folder) && path.startsWith(`${folder}/`)));
    const isBeginning = (folder: string): boolean => folders.some((other) => other.startsWith(`${folder}/`));
    const withSources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => entry.parentPath.slice(join(ROOT, 'src').length + 1))
      .filter((folder) => folder !== '');
    expect([...new Set(withSources)].filter((folder) => !covered(folder))).toEqual([]);
  });
});
