import { AUDIENCE, ISSUER, TestIssuer } from '../../../test/support/auth/test-issuer.js';
import { testConfig } from '../../../test/support/auth/auth-fixtures.js';
import { KeySetOutageError } from './issuer-keys.js';
import { IssuerTokens } from './issuer-tokens.js';
import { TokenRefusedError, type TokenRefusal } from './token-refused.error.js';

function tokensOf({ env }: TestIssuer): IssuerTokens {
  const [config] = testConfig(env).auth.issuers;
  if (config === undefined) throw new Error('There is an issuer.');
  return new IssuerTokens(config, () => Promise.resolve(config.jwksUri ?? ''));
}

describe('IssuerTokens', () => {
  let issuer: TestIssuer;
  let tokens: IssuerTokens;
  beforeAll(async () => {
    issuer = await TestIssuer.start();
    tokens = tokensOf(issuer);
  });
  afterAll(() => issuer.close());

  const refusalOf = (token: string): Promise<TokenRefusal> =>
    tokens.verify(token).then(
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

  it('says nothing about a token while the keys cannot be fetched', async () => {
    const gone = await TestIssuer.start();
    const [token, cutOff] = [await gone.token(), tokensOf(gone)];
    await gone.close();
    await expect(cutOff.verify(token)).rejects.toBeInstanceOf(KeySetOutageError);
  });
});
