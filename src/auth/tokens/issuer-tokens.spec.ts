import { AUDIENCE, ISSUER, TestIssuer } from '../../../test/support/auth/test-issuer.js';
import { testConfig } from '../../../test/support/auth/auth-fixtures.js';
import type { IssuerConfig } from '../../config/app-config.js';
import { KeySetOutageError } from './issuer-keys.js';
import { IssuerTokens } from './issuer-tokens.js';
import { TokenRefusedError, type TokenRefusal } from './token-refused.error.js';

function tokensOf({ env }: TestIssuer, changes: Partial<IssuerConfig> = {}): IssuerTokens {
  const [config] = testConfig(env).auth.issuers;
  if (config === undefined) throw new Error('There is an issuer.');
  return new IssuerTokens({ ...config, ...changes }, () => Promise.resolve(config.jwksUri ?? ''));
}

describe('IssuerTokens', () => {
  let issuer: TestIssuer;
  let tokens: IssuerTokens;
  beforeAll(async () => {
    issuer = await TestIssuer.start();
    tokens = tokensOf(issuer);
  });
  afterAll(() => issuer.close());

  const refusalOf = (token: string, by = tokens): Promise<TokenRefusal> =>
    by.verify(token).then(
      () => ({ reason: 'none' }),
      (error: unknown) => {
        if (error instanceof TokenRefusedError) return error.refusal;
        throw error;
      },
    );

  it('tells what a good token says', async () => {
    expect(await tokens.verify(await issuer.token({ email: 'a@b.example' }))).toMatchObject({
      sub: 'ext-ada',
      iss: ISSUER,
      aud: AUDIENCE,
      email: 'a@b.example',
    });
  });

  it.each<[TokenRefusal, () => Promise<string> | string]>([
    [{ reason: 'aud', found: ['account'] }, () => issuer.token({ aud: ['account'] })],
    [{ reason: 'iss', found: 'https://evil.example' }, () => issuer.token({ iss: 'https://evil.example' })],
    [{ reason: 'expired', found: 1000 }, () => issuer.token({ exp: 1000 })],
    [{ reason: 'nbf', found: 9e9 }, () => issuer.token({ nbf: 9e9 })],
    [{ reason: 'sub' }, () => issuer.token({ sub: undefined })],
    [{ reason: 'unknown_key', kid: 'retired' }, () => issuer.token({}, 'RS256', 'retired')],
    [{ reason: 'signature' }, async () => (await issuer.token()).replace(/[^.]*$/, 'AAAA')],
    [
      { reason: 'algorithm', alg: 'HS256' },
      async () =>
        (await issuer.token()).replace(/^[^.]*/, Buffer.from('{"alg":"HS256"}').toString('base64url')),
    ],
    [
      { reason: 'algorithm', alg: 'none' },
      async () =>
        (await issuer.token()).replace(/^[^.]*/, Buffer.from('{"alg":"none"}').toString('base64url')),
    ],
    [{ reason: 'malformed' }, () => 'a.b.c'],
    [{ reason: 'malformed' }, () => ''],
  ])('says %j of a token', async (refusal, token) => {
    const told = await refusalOf(await token());
    expect(told).toMatchObject(refusal);
    expect(JSON.stringify(told)).not.toContain('eyJ');
  });

  it('takes no logout token for an access token, whatever its type says', async () => {
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    expect(await refusalOf(await issuer.token({ events }))).toMatchObject({
      reason: 'logout_token',
      issuer: 'default',
    });
  });

  it('finds the audience where the issuer names it', async () => {
    const cognito = tokensOf(issuer, { audience: ['page', 'terminal'], audienceClaim: 'client_id' });
    const withoutAud = (claims: object) => issuer.token({ aud: undefined, ...claims });
    expect(await refusalOf(await withoutAud({ client_id: 'terminal' }), cognito)).toEqual({ reason: 'none' });
    expect(await refusalOf(await withoutAud({ client_id: 'other' }), cognito)).toMatchObject({
      reason: 'aud',
      found: 'other',
    });
    // An ID token names the client as its audience.
    expect(await refusalOf(await issuer.token({ aud: 'page' }), cognito)).toMatchObject({ reason: 'aud' });
  });

  it('takes one of several audiences, and only the algorithms that are named', async () => {
    const strict = tokensOf(issuer, { audience: ['other', AUDIENCE], algorithms: ['ES256'] });
    expect(await refusalOf(await issuer.token({}, 'ES256'), strict)).toEqual({ reason: 'none' });
    expect(await refusalOf(await issuer.token({}, 'RS256'), strict)).toMatchObject({ reason: 'algorithm' });
  });

  it('says nothing about a token while the keys cannot be fetched', async () => {
    const gone = await TestIssuer.start();
    const [token, cutOff] = [await gone.token(), tokensOf(gone)];
    await gone.close();
    await expect(cutOff.verify(token)).rejects.toBeInstanceOf(KeySetOutageError);
  });
});
