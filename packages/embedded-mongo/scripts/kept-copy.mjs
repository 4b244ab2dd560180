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
} from 'node:fs';
import { join } from 'node:path';

const COPIES_KEPT = 8;

/**
 * A copy of sources that is made once per change. Its folder is named by their content, so that test runs side by side never see a half-written or a newer one.
 *
 * @param {string} cache folder of the copies
 * @param {readonly string[]} sources absolute paths of all that the copy depends on, also of what makes it
 * @param {(folder: string) => void | Promise<void>} make fills the empty folder
 * @returns {Promise<string>} the copy's name within `cache`
 */
export async function keptCopy(cache, sources, make) {
  const hash = createHash('sha256');
  for (const path of sources) hash.update(`${path}\0${readFileSync(path, 'utf8')}\0`);
  const name = hash.digest('hex').slice(0, 16);
  mkdirSync(cache, { recursive: true });
  if (!existsSync(join(cache, name))) {
    const folder = mkdtempSync(join(cache, 'new-'));
    await make(folder);
    try {
      renameSync(folder, join(cache, name));
    } catch {
      // Another test run made the same copy at the same time.
      rmSync(folder, { recursive: true, force: true });
    }
  }
  removeOld(cache, name);
  return name;
}

/** All files below a folder that end so, but for tests, in one order. @returns {string[]} paths within the folder */
export function sourcesBelow(folder, ending = '.ts') {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !file.endsWith(`.spec${ending}`))
    .sort();
}

function removeOld(cache, current) {
  const copies = readdirSync(cache)
    .filter((entry) => entry !== current && !entry.startsWith('current') && !entry.startsWith('new-'))
    .map((entry) => ({ entry, time: statSync(join(cache, entry)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { entry } of copies.slice(COPIES_KEPT))
    rmSync(join(cache, entry), { recursive: true, force: true });
}
