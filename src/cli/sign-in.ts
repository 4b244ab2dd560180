import {
  TollgateError,
  type SignInMethods,
  type TokenProvider,
  type TokenStore,
  type TollgateClient,
} from '@tollgate/client';
import { UsageError, type CliArguments } from './cli-arguments.js';
import type { LineReader } from './line-reader.js';
import { signInAtProvider } from './provider-sign-in.js';
import { printable, red, say } from './terminal.js';

const TRIES = 3;

export interface SignInOptions {
  readonly client: TollgateClient;
  /** Where the tokens go. */
  readonly store: TokenStore;
  readonly given: Pick<CliArguments, 'url' | 'email' | 'provider'>;
  readonly lines: LineReader;
}

/** Undefined: with e-mail and password. */
type Way = TokenProvider | undefined;

/**
 * Signs in at an identity provider, or with e-mail and password: as the environment has them, or as they are typed.
 * @throws UsageError when there is nobody to ask; ProviderLoginError; TollgateError
 */
export async function signIn(options: SignInOptions): Promise<void> {
  const { client, given } = options;
  const email = given.email ?? process.env.TOLLGATE_EMAIL;
  const password = process.env.TOLLGATE_PASSWORD;
  if (email !== undefined && password !== undefined && given.provider === undefined) {
    await client.login(email, password);
    return;
  }
  if (!process.stdin.isTTY) {
    throw new UsageError('Sign in first (tollgate login), or set TOLLGATE_API_KEY.');
  }
  say(`Sign in to ${given.url}`);
  const provider = await chosenWay(options, email !== undefined);
  if (provider === undefined) await signInWithPassword(options, email);
  else await signInAtProvider(options.store, provider);
}

/** The only way there is, the one that was asked for, or the one that is typed. @throws UsageError */
async function chosenWay({ client, given, lines }: SignInOptions, isByMail: boolean): Promise<Way> {
  const { ownAccounts, data } = await methodsOf(client);
  const providers = data.flatMap(deviceProvider);
  const { provider: wanted } = given;
  if (wanted !== undefined) {
    const found = providers.find(({ id, name }) => id === wanted || name === wanted);
    if (found !== undefined) return found;
    const ids = providers.map(({ id }) => id).join(', ');
    throw new UsageError(
      ids === ''
        ? 'There is no identity provider to sign in at from a terminal.'
        : `There is no identity provider ${wanted}. There are: ${printable(ids)}`,
    );
  }
  if (ownAccounts && isByMail) return undefined;
  const ways: Way[] = [...providers, ...(ownAccounts ? [undefined] : [])];
  if (ways.length === 0)
    throw new UsageError(
      'No identity provider is set up for terminals: set TOLLGATE_API_KEY to an API key, or to an access token of yours.',
    );
  return ways.length === 1 ? ways[0] : typedWay(ways, lines);
}

async function typedWay(ways: readonly Way[], lines: LineReader): Promise<Way> {
  for (const [index, way] of ways.entries())
    say(`  ${index + 1}  ${way === undefined ? 'E-mail and password' : printable(way.name)}`);
  for (;;) {
    const typed = await lines.read(`How (1-${ways.length}): `);
    if (typed === undefined) throw new UsageError('Not signed in.');
    const index = Number(typed.trim()) - 1;
    if (index in ways) return ways[index];
  }
}

/** A server that knows of no providers has accounts. */
async function methodsOf(client: TollgateClient): Promise<SignInMethods> {
  try {
    return await client.signInMethods();
  } catch (error) {
    if (!(error instanceof TollgateError) || !error.is('not_found')) throw error;
    return { ownAccounts: true, registration: false, data: [] };
  }
}

function deviceProvider({ deviceClientId, ...provider }: SignInMethods['data'][number]): TokenProvider[] {
  return deviceClientId === undefined ? [] : [{ ...provider, clientId: deviceClientId }];
}

async function signInWithPassword(
  { client, lines }: SignInOptions,
  email: string | undefined,
): Promise<void> {
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
