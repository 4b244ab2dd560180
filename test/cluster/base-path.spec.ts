import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';
import { openEventStream } from '../support/event-stream.js';
import { describeProxies } from './proxies/all-proxies.js';
import type { RunningProxy } from './proxies/proxy-program.js';

const PATH = '/tollgate';

describeProxies('below a path', (program) => {
  describe.each([
    ['cuts the path off', true],
    ['hands the path on', false],
  ])('that %s', (_, isCutOff) => {
    let server: TestServer;
    let proxy: RunningProxy;
    let user: TestUser;
    let base: string;

    beforeAll(async () => {
      server = await startTestServer({ BASE_PATH: `${PATH}/`, TRUST_PROXY_HOPS: '1' });
      proxy = await program.start([new URL(server.url).host], { below: { path: PATH, isCutOff } });
      base = `${proxy.url}${PATH}`;
      user = await server.registerUser();
    });
    afterAll(async () => {
      await proxy.close();
      await server.close();
    });

    /** All that an HTML page loads or links to on its own server, as a browser resolves it. */
    async function linksOf(url: string): Promise<string[]> {
      const response = await fetch(url);
      expect(response.status).toBe(200);
      const links = [...(await response.text()).matchAll(/(?:src|href)="([^"#]+)"/g)].map(
        ([, link = '']) => new URL(link, response.url),
      );
      return links.filter(({ origin }) => origin === proxy.url).map(({ href }) => href);
    }

    it.each(['', '/', '/docs'])('serves %s with everything that it loads', async (page) => {
      const links = await linksOf(`${base}${page}`);
      expect(links.length).toBeGreaterThan(2);
      for (const link of links) {
        expect(link).toMatch(new RegExp(`^${proxy.url}${PATH}/`));
        expect([link, (await fetch(link)).status]).toEqual([link, 200]);
      }
    });

    it('leads to the slash behind its path, at the address that the client knows', async () => {
      const response = await fetch(base, { redirect: 'manual' });
      expect([301, 308]).toContain(response.status);
      expect(response.headers.get('location')).toBe(`${PATH}/`);
    });

    it('tells clients of its API where it is', async () => {
      const document = (await (await fetch(`${base}/docs-json`)).json()) as { servers: { url: string }[] };
      expect(new URL(document.servers[0]?.url ?? '', proxy.url).href).toBe(`${base}/`);
    });

    it('streams an answer, and again for whoever comes back', async () => {
      const asked = await openEventStream(`${base}/predict/stream/store`, {
        token: user.token,
        body: { chatflow_id: 'assistant', question: 'Hello' },
      });
      const text = await asked.text();
      expect(text).toContain('"event":"end"');
      const again = await openEventStream(`${base}/turns/${String(asked.headers['x-turn-id'])}/stream`, {
        token: user.token,
      });
      expect(again.status).toBe(200);
      expect(await again.text()).toBe(text);
    });

    // As its documentation says, nginx decodes the rest of what it cuts off.
    const isDecoded = program.command === 'nginx' && isCutOff;
    (isDecoded ? it.skip : it)('hands on names in paths as they are', async () => {
      const sessionId = 'a/b ä%2F?';
      const asked = await openEventStream(`${base}/predict/stream/store`, {
        token: user.token,
        body: { chatflow_id: 'assistant', question: 'Hello', sessionId },
      });
      await asked.text();
      const response = await fetch(`${base}/sessions/${encodeURIComponent(sessionId)}`, {
        headers: { authorization: `Bearer ${user.token}` },
      });
      expect(await response.json()).toMatchObject({ id: sessionId });
    });

    it('refuses what is not there in its own words', async () => {
      const response = await fetch(`${base}/nowhere`);
      expect([response.status, response.headers.get('content-type')]).toEqual([
        404,
        'application/problem+json',
      ]);
    });
  });
});
