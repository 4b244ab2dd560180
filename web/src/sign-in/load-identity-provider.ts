import { TollgateError } from '@tollgate/client';

/** What talks to identity providers, with its library: fetched when somebody signs in at one, and for each page that has such a login when it is first renewed. @throws TollgateError */
export async function loadIdentityProvider(): Promise<typeof import('./identity-provider.js')> {
  try {
    return await import('./identity-provider.js');
  } catch (cause) {
    throw new TollgateError('connection_failed', 'The server cannot be reached.', { cause });
  }
}
