import { testConfig } from '../../../test/support/auth/auth-fixtures.js';
import { readDiscoveryDocument } from './discovery-document.js';
import { PageOrigins } from './page-origins.service.js';

const issuer = (id: string, address: string, fields: object = {}) => ({
  ...{ id, name: id, issuer: address, audience: 'tollgate' },
  ...fields,
});

describe('PageOrigins', () => {
  it('are those of issuers that the page is a client of, each once', () => {
    const issuers = [
      issuer('a', 'https://id.example/realms/a', { clientId: 'page' }),
      issuer('b', 'https://id.example/realms/b', { clientId: 'page' }),
      issuer('c', 'https://machines.example'),
    ];
    const origins = new PageOrigins(testConfig({ OIDC_ISSUERS: JSON.stringify(issuers) }));
    expect(origins.current).toEqual(['https://id.example']);
    const before = origins.current;
    origins.add(['https://id.example']);
    expect(origins.current).toBe(before);
    origins.add(['https://tokens.example']);
    expect(origins.current).toEqual(['https://id.example', 'https://tokens.example']);
    // What a policy would read as something else.
    origins.add(['https://*.example', 'https://a.example;x', 'https://a,b.example', '*', 'data:', 'null']);
    expect(origins.current).toHaveLength(2);
  });

  it('are read from discovery documents, which may say anything', () => {
    const document = (fields: object) =>
      readDiscoveryDocument(
        { issuer: 'https://id.example', jwks_uri: 'https://id.example/keys', ...fields },
        'https://id.example',
      );
    const found = document({
      token_endpoint: 'https://tokens.example/token',
      revocation_endpoint: 'https://tokens.example/revoke',
    });
    expect(found.clientOrigins).toEqual(['https://tokens.example']);
    const odd = ["'unsafe-inline'", '*', 'data:text/html,x', 'http://', 7, null, ['https://a.example']];
    for (const token_endpoint of odd) expect(document({ token_endpoint }).clientOrigins).toEqual([]);
    expect(
      document({ token_endpoint: "https://a.example;script-src 'unsafe-inline'/" }).clientOrigins,
    ).toEqual([]);
  });
});
