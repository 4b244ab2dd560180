import { TollgateError, type TollgateClient } from '@tollgate/client';
import { UsageError } from './cli-arguments.js';
import type { LineReader } from './line-reader.js';
import { red, say } from './terminal.js';

const TRIES = 3;

/**
 * Asks for e-mail and password, unless the environment has them.
 * @throws UsageError when there is nobody to ask; TollgateError
 */
export async function signIn(
  client: TollgateClient,
  url: string,
  givenEmail: string | undefined,
  lines: LineReader,
): Promise<void> {
  const email = givenEmail ?? process.env.TOLLGATE_EMAIL;
  const password = process.env.TOLLGATE_PASSWORD;
  if (email !== undefined && password !== undefined) {
    await client.login(email, password);
    return;
  }
  if (!process.stdin.isTTY) {
    throw new UsageError('Sign in first (tollgate login), or set TOLLGATE_API_KEY.');
  }
  say(`Sign in to ${url}`);
  for (let attempt = 1; ; attempt += 1) {
    const typedEmail = email ?? (await lines.read('E-mail: '));
    const typedPassword =
      typedEmail === undefined ? undefined : await lines.read('Password: ', { isHidden: true });
    if (typedEmail === undefined || typedPassword === undefined) throw new UsageError('Not signed in.');
    try {
      await client.login(typedEmail.trim(), typedPassword);
      return;
    } catch (error) {
      if (!(error instanceof TollgateError) || !error.is('unauthenticated') || attempt === TRIES) throw error;
      say(red(error.message));
    }
  }
}
