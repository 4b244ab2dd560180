import { createHash, randomBytes } from 'node:crypto';
import { NO_PAGE, type OidcWorld } from './oidc-world.js';
import { MACHINE_CLIENT, MACHINE_SECRET, PAGE_CLIENT } from './provider-configuration.js';

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

/** A browser without a page: what it was told to keep goes along with each request. */
export class CookieJar {
  private readonly cookies = new Map<string, string>();

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...(init.headers as Record<string, string>), cookie },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }
}

/** Signs somebody in by Authorization Code with PKCE. @param jar who is signed in already stays so */
export async function signIn(world: OidcWorld, login: string, jar = new CookieJar()): Promise<Tokens> {
  const verifier = randomBytes(32).toString('base64url');
  const asked = new URLSearchParams({
    client_id: PAGE_CLIENT,
    redirect_uri: NO_PAGE,
    response_type: 'code',
    scope: 'openid profile email offline_access',
    prompt: 'consent',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  let at = `${world.issuer}/auth?${asked.toString()}`;
  for (let steps = 0; !at.startsWith(NO_PAGE); steps += 1) {
    if (steps > 20) throw new Error(`The provider goes round in circles: ${at}`);
    const response = await jar.fetch(at);
    const location = response.headers.get('location');
    if (location !== null) at = new URL(location, at).href;
    else if (response.status === 200) at = await answerForm(jar, at, login);
    else throw new Error(`The provider refuses: ${response.status} ${await response.text()}`);
  }
  const code = new URL(at).searchParams.get('code');
  if (code === null) throw new Error(`The provider gave no code: ${at}`);
  return tokensFor(world, {
    grant_type: 'authorization_code',
    client_id: PAGE_CLIENT,
    redirect_uri: NO_PAGE,
    code,
    code_verifier: verifier,
  });
}

/** The same user's next tokens. */
export function refresh(world: OidcWorld, { refresh_token: token = '' }: Tokens): Promise<Tokens> {
  return tokensFor(world, { grant_type: 'refresh_token', client_id: PAGE_CLIENT, refresh_token: token });
}

/** A token of a machine, which stands for nobody else. */
export async function machineToken(world: OidcWorld): Promise<string> {
  const basic = Buffer.from(`${encodeURIComponent(MACHINE_CLIENT)}:${encodeURIComponent(MACHINE_SECRET)}`);
  const headers = { authorization: `Basic ${basic.toString('base64')}` };
  return (await tokensFor(world, { grant_type: 'client_credentials' }, headers)).access_token;
}

/** Signs out at the provider, which tells whom it has to. */
export async function signOut(
  world: OidcWorld,
  jar: CookieJar,
  { id_token: hint = '' }: Tokens,
): Promise<void> {
  const asked = await jar.fetch(
    `${world.issuer}/session/end?${new URLSearchParams({ id_token_hint: hint }).toString()}`,
  );
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(await asked.text())?.[1];
  if (xsrf === undefined) throw new Error(`The provider does not ask for the sign-out: ${asked.status}`);
  const body = new URLSearchParams({ xsrf, logout: 'yes' });
  const done = await jar.fetch(`${world.issuer}/session/end/confirm`, { method: 'POST', body });
  if (done.status >= 400) throw new Error(`The provider does not sign out: ${done.status}`);
}

async function answerForm(jar: CookieJar, at: string, login: string): Promise<string> {
  const response = await jar.fetch(at, { method: 'POST', body: new URLSearchParams({ login }) });
  const location = response.headers.get('location');
  if (location === null) throw new Error(`The provider does not go on: ${response.status}`);
  return new URL(location, at).href;
}

async function tokensFor(
  world: OidcWorld,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Tokens> {
  const response = await fetch(`${world.issuer}/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  });
  if (response.status !== 200) throw new Error(`The provider gives no token: ${await response.text()}`);
  return (await response.json()) as Tokens;
}
