import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppConfig } from '../../config/app-config.js';
import { newId } from '../../platform/ids.js';

const FILE_NAME = 'jwt-secret';
/** Twice what HS256 needs. */
const SECRET_BYTES = 64;
/** RFC 7518, section 3.2: a key at least as long as the hash. */
const MIN_SECRET_CHARACTERS = 32;

/** The keys of our own access tokens. */
export class JwtSecret {
  /**
   * @param value signs; `undefined` without accounts of our own, where we sign nothing
   * @param other is good as well: what another instance signs with, or has signed with until now
   */
  constructor(
    readonly value: string | undefined,
    readonly other?: string,
  ) {}

  /** Whichever key has signed this token; the one that we sign with when neither has. */
  keyOf(token: string): string {
    const { value, other } = this;
    if (value === undefined) throw new Error('Own tokens need a secret.');
    return other !== undefined && isSignedWith(other, token) ? other : value;
  }

  /** The secret from the settings, or else the one kept in the data folder, made on first use. */
  static async load(config: Pick<AppConfig, 'auth' | 'database'>): Promise<JwtSecret> {
    if (!config.auth.ownAccounts) return new JwtSecret(undefined);
    const { jwtSecret, otherJwtSecret } = config.auth;
    return new JwtSecret(jwtSecret ?? (await keptSecret(config.database.dataDir)), otherJwtSecret);
  }
}

/** HS256 (RFC 7515, appendix A.1). Only which key to verify with is decided by it: the verification itself follows. */
function isSignedWith(secret: string, token: string): boolean {
  const end = token.lastIndexOf('.');
  const signature = createHmac('sha256', secret)
    .update(token.slice(0, Math.max(end, 0)))
    .digest();
  const given = Buffer.from(token.slice(end + 1), 'base64url');
  return given.length === signature.length && timingSafeEqual(given, signature);
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
