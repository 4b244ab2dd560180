import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startTestServer, type TestServer } from '../support/test-server.js';

const PAGE = join(import.meta.dirname, '../../dist/page');
const BUDGET_BYTES = 150_000;

describe('The page as it is sent', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  it('weighs less than 150 kB', async () => {
    const entries = await readdir(PAGE, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const sizes = await Promise.all(
      files.map(async ({ parentPath, name }) => gzipSync(await readFile(join(parentPath, name))).length),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(BUDGET_BYTES);
  });

  it('has a policy without inline script, and is asked for again each time', async () => {
    const { headers, text } = await server.request.get('/').expect(200);
    expect(headers['content-security-policy']).toMatch(/script-src 'self'(;|$)/);
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['cache-control']).toBe('no-cache');
    expect(text).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=/);
    await server.request.get('/').set('If-None-Match', String(headers.etag)).expect(304);
  });

  it('keeps what is named by its content for a year, compressed', async () => {
    const { text } = await server.request.get('/');
    const [script = ''] = /\/assets\/[^"]+\.js/.exec(text) ?? [];
    const { headers } = await server.request.get(script).set('Accept-Encoding', 'gzip').expect(200);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['content-encoding']).toBe('gzip');
    expect(headers['content-type']).toContain('javascript');
  });

  it.each(['/assets/none.js', '/assets/..%2findex.html', '/assets/%2e%2e%2f%2e%2e%2fmain.js'])(
    'has nothing at %s',
    async (path) => {
      await server.request.get(path).expect(404);
    },
  );

  it('does not tell the demo password to a page of another site', async () => {
    const own = await server.request.get('/web-config.json').expect(200);
    expect(own.body).toMatchObject({ demo: { email: 'demo@tollgate.local', password: expect.any(String) } });
    const foreign = await server.request.get('/web-config.json').set('Host', 'evil.example').expect(200);
    expect(foreign.body).toEqual({ registration: 'open', demo: { email: 'demo@tollgate.local' } });
  });
});
