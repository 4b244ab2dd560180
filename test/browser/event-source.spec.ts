import type { Browser } from 'playwright-core';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { launchBrowser } from './browser.js';

/** What the function that runs in the page uses of it. */
interface OpenedSource {
  onmessage: (message: { readonly data: string; readonly lastEventId: string }) => void;
  onerror: () => void;
  readonly readyState: number;
  close(): void;
}
interface PageWithSources {
  readonly EventSource: new (url: string) => OpenedSource;
}

describe('a browser’s own EventSource', () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer({ DEFAULT_CHATFLOW: 'assistant' });
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  it('reads a turn with a ticket, and with the same one nothing more', async () => {
    const user = await server.registerUser();
    const { body: asked } = await server.request
      .post('/predict')
      .auth(user.token, { type: 'bearer' })
      .send({ chatflow_id: 'assistant', question: 'help' })
      .expect(200);
    const turnId = String(asked.turnId);
    const { body } = await server.request
      .post(`/turns/${turnId}/ticket`)
      .auth(user.token, { type: 'bearer' })
      .expect(201);
    const page = await browser.newPage();
    await page.goto(`${server.url}/health/live`);
    const seen = await page.evaluate(async (address: string) => {
      const { EventSource } = globalThis as unknown as PageWithSources;
      const read = () =>
        new Promise<readonly string[]>((resolve) => {
          const events: string[] = [];
          const source = new EventSource(address);
          source.onmessage = ({ data }) => {
            const { event } = JSON.parse(data) as { event: string };
            events.push(event);
            if (event !== 'end') return;
            source.close();
            resolve(events);
          };
          source.onerror = () => resolve([...events, source.readyState === 2 ? 'refused' : 'lost']);
        });
      return [await read(), await read()];
    }, `/turns/${turnId}/stream?ticket=${body.ticket}`);
    expect([seen[0]?.[0], seen[0]?.at(-1)]).toEqual(['session_id', 'end']);
    expect(seen[1]).toEqual(['refused']);
    await page.close();
  });
});
