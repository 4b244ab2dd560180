import { mkdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Tokens, TokenStore } from '@tollgate/client';

const LOCK_POLL_MS = 50;
/** A process that died with the lock must not lock everybody out. */
const LOCK_STALE_MS = 30_000;

/** Keeps the tokens of every server in one file that only its owner can read. */
export class FileTokenStore implements TokenStore {
  /** @param server whose tokens these are: its URL */
  constructor(
    private readonly file: string,
    private readonly server: string,
  ) {}

  async load(): Promise<Tokens | undefined> {
    return (await this.readAll())[this.server];
  }

  async save(tokens: Tokens | undefined): Promise<void> {
    const { [this.server]: _, ...others } = await this.readAll();
    const all = tokens === undefined ? others : { ...others, [this.server]: tokens };
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    // Written beside and moved over: a reader never sees half a file, and the mode is right from its first moment.
    const written = `${this.file}.${process.pid}`;
    await writeFile(written, JSON.stringify(all), { mode: 0o600 });
    await rename(written, this.file);
  }

  async exclusively<T>(task: () => Promise<T>): Promise<T> {
    const lock = `${this.file}.lock`;
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    while (!(await takeLock(lock))) await delay(LOCK_POLL_MS);
    try {
      return await task();
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
  }

  private async readAll(): Promise<Record<string, Tokens | undefined>> {
    try {
      return JSON.parse(await readFile(this.file, 'utf8')) as Record<string, Tokens>;
    } catch {
      // Not there yet, or not ours: signing in makes it anew.
      return {};
    }
  }
}

/** A folder is made by exactly one of those who try. */
async function takeLock(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch {
    const made = await stat(lock).catch(() => undefined);
    if (made !== undefined && Date.now() - made.mtimeMs > LOCK_STALE_MS) {
      await rmdir(lock).catch(() => undefined);
    }
    return false;
  }
}
