import { AccountingService } from '../support/accounting-service.js';
import { ApiClient } from '../support/auth/api-client.js';
import { startAuthServer, type AuthServer } from '../support/auth/auth-server.js';
import { TestIssuer } from '../support/auth/test-issuer.js';

describe('an external accounting service for the users of an external issuer', () => {
  let issuer: TestIssuer;
  let service: AccountingService;
  let server: AuthServer;
  beforeAll(async () => {
    issuer = await TestIssuer.start();
    service = await AccountingService.start();
    server = await startAuthServer({
      ...issuer.env,
      ACCOUNTING_API_URL: service.url,
      ACCOUNTING_API_KEY: 'operator-key',
    });
  });
  afterAll(async () => {
    await server.close();
    await service.close();
    await issuer.close();
  });

  it('hears of them by their subject and never by our id', async () => {
    service.credits.set('ada@corp', 10);
    service.costs.set('assistant', 4);
    const ada = new ApiClient(server.url).bearer(await issuer.token({ sub: 'ada@corp' }));
    const { userId } = (await ada.get('/auth/me')).body as { userId: string };
    const { body } = await ada.post('/predict', { chatflow_id: 'assistant', question: 'help' });
    expect(body.charged).toBe(4);
    expect((await ada.get('/accounting/balance')).body).toEqual({ available: 6, held: 0 });
    expect(service.transactions).toEqual([
      expect.objectContaining({ userId: 'ada@corp', turnId: body.turnId, success: true }),
    ]);
    expect(service.requests.length).toBeGreaterThan(3);
    expect(JSON.stringify(service.requests.map(({ path, body: sent }) => [path, sent]))).not.toContain(
      userId,
    );
  });
});
