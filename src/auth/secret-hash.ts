import { createHash, randomBytes } from 'node:crypto';

/** 256 bits: a secret that can't be guessed needs no slow hash. */
const SECRET_BYTES = 32;

/** @returns 32 random bytes as 43 characters of base64url */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** SHA-256 in hex: how random secrets (never passwords) are stored and looked up. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
