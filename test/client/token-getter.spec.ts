import * as oidc from 'openid-client';
import { TollgateClient } from '@tollgate/client';
import { MACHINE, PageProvider, RESOURCE } from '../support/oidc/page-provider.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { until } from '../support/until.js';

describe('A program with tokens of an identity provider', () => {
  let corp: PageProvider;
  let server: TestServer;
  let provider: oidc.Configuration;
  let renewals = 0;

  beforeAll(async () => {
    corp = await PageProvider.start({ id: 'corp', name: 'Example Corp', accessTokenTtl: 2 });
    server = await startTestServer({
      OIDC_ISSUERS: JSON.stringify([corp.setting]),
      OWN_ACCOUNTS: 'off',
      JWT_CLOCK_TOLERANCE_S: '0',
    });
    provider = await oidc.discovery(new URL(corp.issuer), MACHINE.id, MACHINE.secret, undefined, {
      execute: [oidc.allowInsecureRequests],
    });
  });
  afterAll(async () => {
    await server.close();
    await corp.close();
  });
  beforeEach(() => {
    renewals = 0;
  });

  async function renew(): Promise<{ readonly token: string; readonly until: number }> {
    renewals += 1;
    const { access_token, expires_in = 0 } = await oidc.clientCredentialsGrant(provider, {
      resource: RESOURCE,
    });
    return { token: access_token, until: Date.now() + expires_in * 1000 };
  }

  it('renews them before they expire, once for all who wait', async () => {
    let current: { readonly token: string; readonly until: number } | undefined;
    let renewal: Promise<string> | undefined;
    const tollgate = new TollgateClient({
      baseUrl: server.url,
      accessToken: (refused) => {
        if (current !== undefined && current.until > Date.now() && current.token !== refused)
          return current.token;
        renewal ??= renew()
          .then((renewed) => (current = renewed).token)
          .finally(() => (renewal = undefined));
        return renewal;
      },
    });
    await Promise.all([tollgate.me(), tollgate.me(), tollgate.chatflows.list()]);
    expect(renewals).toBe(1);
    // Without one that fails.
    await until(async () => (await tollgate.me()).userId !== '' && renewals === 3);
    const stream = tollgate.chat.stream({ question: 'What can you do?' });
    expect((await stream.result()).text).not.toBe('');
  });

  it('renews them when they are refused', async () => {
    let token: Promise<string> | undefined;
    const tollgate = new TollgateClient({
      baseUrl: server.url,
      // By no clock.
      accessToken: (refused) => {
        if (refused !== undefined || token === undefined) token = renew().then((renewed) => renewed.token);
        return token;
      },
    });
    await until(async () => (await tollgate.me()).userId !== '' && renewals === 3);
  });
});
