import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { ChargeDelivery } from '../../src/accounting/external/charge-delivery.service.js';
import { AccountingService } from '../support/accounting-service.js';
import { ApiClient } from '../support/auth/api-client.js';
import { startOn, type AuthServer } from '../support/auth/auth-server.js';
import { TestIssuer } from '../support/auth/test-issuer.js';

describe('an external accounting service for the users of an external issuer', () => {
  let issuer: TestIssuer;
  let service: AccountingService;
  let dataDir: string;
  let server: AuthServer;
  const start = () =>
    startOn(dataDir, {
      ...issuer.env,
      ASSISTANT_DELAY_MS: '0',
      ACCOUNTING_API_URL: service.url,
      ACCOUNTING_API_KEY: 'operator-key',
    });
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-external-'));
    issuer = await TestIssuer.start();
    service = await AccountingService.start();
    server = await start();
  });
  afterAll(async () => {
    await server.close();
    await service.close();
    await issuer.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(() => {
    service.costs.set('assistant', 4);
    service.transactions.length = 0;
    service.requests.length = 0;
  });

  const as = async (sub: string) => new ApiClient(server.url).bearer(await issuer.token({ sub }));
  const ask = (client: ApiClient) => client.post('/predict', { chatflow_id: 'assistant', question: 'help' });

  it('hears of them by their subject and never by our id', async () => {
    service.credits.set('ada@corp', 10);
    const ada = await as('ada@corp');
    const { userId } = (await ada.get('/auth/me')).body as { userId: string };
    const { body } = await ask(ada);
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

  it('hears of them by their subject after a restart too, which has only the stored charge', async () => {
    service.credits.set('bob@corp', 10);
    service.faultFor = ({ path }) => (path.endsWith('/transactions') ? 503 : 'ok');
    const { turnId } = (await ask(await as('bob@corp'))).body as { turnId: string };
    // Once it is given up for now, it is made due at once.
    await server.app.get(ChargeDelivery, { strict: false }).drain();
    expect(service.transactions).toEqual([]);
    await server.app
      .get<Connection>(getConnectionToken(), { strict: false })
      .collection('external_charges')
      .updateOne({ _id: turnId as never }, { $set: { dueAt: new Date(0) } });
    await server.close();
    const delivered = new Promise<void>((resolve) => {
      service.faultFor = ({ path }) => {
        if (path.endsWith('/transactions')) resolve();
        return 'ok';
      };
    });
    server = await start();
    await delivered;
    expect(service.transactions).toEqual([
      expect.objectContaining({ userId: 'bob@corp', turnId, success: true }),
    ]);
  });
});
