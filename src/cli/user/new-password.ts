import type { Readable } from 'node:stream';
import { MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS } from '../../contract/account-bounds.js';
import { weaknessOf } from '../../auth/accounts/weak-password.js';
import { UsageError } from '../cli-arguments.js';
import { LineReader } from '../line-reader.js';

/** Of standard input, at most: more is no password. */
const MAX_INPUT_CHARACTERS = 8192;

/** What a command reads, and whether a person types it. */
export type StandardInput = Readable & { readonly isTTY?: boolean };

/**
 * A new password, from a person who types it twice unseen, or the first line of standard input. It is never an argument: those stand in the list of processes and
 * in the shell's history.
 * @param email the account's
 * @param input standard input
 * @throws UsageError for none, a weak one, or two that differ
 */
export async function askNewPassword(email: string, input: StandardInput): Promise<string> {
  const password = input.isTTY === true ? await typedTwice() : await firstLine(input);
  const { length } = password;
  if (length < MIN_PASSWORD_CHARACTERS || length > MAX_PASSWORD_CHARACTERS)
    throw new UsageError(
      `The password must have ${MIN_PASSWORD_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters.`,
    );
  const weakness = weaknessOf(password, email);
  if (weakness !== undefined) throw new UsageError(`The password ${weakness}.`);
  return password;
}

async function typedTwice(): Promise<string> {
  const lines = new LineReader();
  try {
    const first = await lines.read('New password: ', { isHidden: true });
    const second = first === undefined ? undefined : await lines.read('Once more: ', { isHidden: true });
    if (first === undefined || second === undefined) throw new UsageError('There is no password.');
    if (first !== second) throw new UsageError('These were two passwords.');
    return first;
  } finally {
    lines.close();
  }
}

async function firstLine(input: Readable): Promise<string> {
  let text = '';
  input.setEncoding('utf8');
  for await (const chunk of input as AsyncIterable<string>) {
    text += chunk;
    if (text.includes('\n') || text.length > MAX_INPUT_CHARACTERS) break;
  }
  return text.split(/\r?\n/)[0] ?? '';
}
