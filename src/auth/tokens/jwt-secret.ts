import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppConfig } from '../../config/app-config.js';
import { newId } from '../../platform/ids.js';

const FILE_NAME = 'jwt-secret';
/** Twice what HS256 needs. */
const SECRET_BYTES = 64;
/** RFC 7518, section 3.2: a key at least as long as the hash. */
const MIN_SECRET_CHARACTERS = 32;

/** The key that our own access tokens are signed with; `undefined` with an external issuer, where we sign nothing. */
export class JwtSecret {
  constructor(readonly value: string | undefined) {}

  /** The secret from the settings, or else the one kept in the data folder, made on first use. */
  static async load(config: Pick<AppConfig, 'auth' | 'database'>): Promise<JwtSecret> {
    if (config.auth.issuer !== undefined) return new JwtSecret(undefined);
    return new JwtSecret(config.auth.jwtSecret ?? (await keptSecret(config.database.dataDir)));
  }
}

/**
 * Reads the secret of a data folder and makes it if there is none. The file appears complete or not at all, and of several processes
 * that start at once all read the same.
 * @throws Error when the file is there but too short to be a secret
 */
export async function keptSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, FILE_NAME);
  const secret = (await readIfThere(path)) ?? (await makeSecret(dataDir, path));
  if (secret.length < MIN_SECRET_CHARACTERS) {
    throw new Error(`${path} is not a usable secret: remove it to have a new one made.`);
  }
  return secret;
}

async function makeSecret(dataDir: string, path: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${path}.${newId()}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(randomBytes(SECRET_BYTES).toString('base64url'));
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // Unlike a rename, a link never replaces what another process has put there meanwhile.
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  return (await readFile(path, 'utf8')).trim();
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
