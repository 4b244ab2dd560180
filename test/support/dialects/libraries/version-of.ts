import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version of the package that a file belongs to: not every package lets its own description be imported. */
export function versionOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    // Folders of one kind of module may have one of their own, without a version.
    const { version } = existsSync(path)
      ? (JSON.parse(readFileSync(path, 'utf8')) as { version?: string })
      : {};
    if (version !== undefined) return version;
  }
  throw new Error(`${file} is in no package`);
}
