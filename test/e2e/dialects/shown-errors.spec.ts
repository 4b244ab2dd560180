import { agUiAgent } from '../../support/dialects/ag-ui-clients.js';
import { AI_SDK_CLIENTS } from '../../support/dialects/ai-sdk-clients.js';
import type { ClientSetup } from '../../support/dialects/dialect-client.js';
import { DialectServer } from '../../support/dialects/dialect-server.js';
import {
  flowiseEmbed,
  flowiseSdkStreaming,
  flowiseSdkWhole,
} from '../../support/dialects/flowise-clients.js';
import { openBrowser } from '../../support/dialects/browser.js';

const clients = [agUiAgent, ...AI_SDK_CLIENTS, flowiseEmbed];

describe('errors that a client shows as they come', () => {
  let dialects: DialectServer;
  let closeBrowser: () => Promise<void>;

  beforeAll(async () => {
    closeBrowser = openBrowser();
    dialects = await DialectServer.start();
  });
  afterAll(async () => {
    await dialects.close();
    await closeBrowser();
  });

  describe.each(clients.map((client) => [client.name, client] as const))('%s', (_name, client) => {
    const shown = async (setup: ClientSetup): Promise<string | undefined> =>
      (await client.ask(setup, 'Hi')).error?.replace(/^HTTP \d+: /, '');

    it('is told a sentence when the credits do not suffice', async () => {
      const { setup } = await dialects.newClient(1);
      expect(await shown(setup)).toBe('This costs 2 credits; 1 are available.');
    });

    it('is told a sentence when nobody knows who asks', async () => {
      const { setup } = await dialects.newClient();
      expect(await shown({ ...setup, token: 'tg_nobody' })).toMatch(/^[A-Z][^{}<>]+\.$/);
    });
  });

  it('carry their code where a program looks for it', async () => {
    const answer = await dialects.server.request
      .post('/api/chat')
      .send({ id: 'c', messages: [] })
      .expect(401);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-error-code': 'unauthenticated',
      'x-error-id': expect.stringMatching(/./),
    });
  });

  it('are problems still where the client reads JSON', async () => {
    const { setup } = await dialects.newClient(1);
    expect(await flowiseSdkWhole.ask(setup, 'Hi')).toMatchObject({
      error: 'This costs 2 credits; 1 are available.',
    });
    expect(await flowiseSdkStreaming.ask(setup, 'Hi')).toMatchObject({ error: 'HTTP error! status: 402' });
  });

  it('are a sentence when the body cannot be read, too', async () => {
    const { setup } = await dialects.newClient();
    const answer = await dialects.server.request
      .post('/agui/flow')
      .auth(setup.token, { type: 'bearer' })
      .set('content-type', 'application/json')
      .send('{')
      .expect(400);
    expect(answer.text).toBe('The body is not valid JSON.');
  });
});
