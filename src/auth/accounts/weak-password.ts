import { COMMON_PASSWORDS } from './common-passwords.js';

/** A shorter name is part of too many words. */
const MIN_NAME_CHARACTERS = 3;

/**
 * What is wrong with a password that has the right length.
 * @param email the account's
 * @returns completes "password …"; `undefined` when nothing is
 */
export function weaknessOf(password: string, email: string): string | undefined {
  const plain = password.toLowerCase();
  if (COMMON_PASSWORDS.has(plain)) return 'is one of those that are guessed first: choose another';
  const name = email.slice(0, email.lastIndexOf('@')).toLowerCase();
  if (name.length >= MIN_NAME_CHARACTERS && plain.includes(name))
    return 'must not contain the name in the e-mail address';
  return undefined;
}
