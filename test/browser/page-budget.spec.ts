import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startTestServer, type TestServer } from '../support/test-server.js';

const PAGE = join(import.meta.dirname, '../../dist/page');
const BUDGET_BYTES = 160_000;

describe('The page as it is sent', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  /** What the browser fetches before anybody has asked anything: the document, what it names, and what that imports. */
  async function firstFiles(): Promise<readonly string[]> {
    const wanted = ['index.html', 'theme.js'];
    const html = await readFile(join(PAGE, 'index.html'), 'utf8');
    for (const [, path = ''] of html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)) wanted.push(path);
    for (const path of wanted.filter((one) => one.startsWith('assets/') && one.endsWith('.js'))) {
      const script = await readFile(join(PAGE, path), 'utf8');
      for (const [, name = ''] of script.matchAll(/\bfrom\s*["']\.\/([^"']+)["']/g))
        if (!wanted.includes(`assets/${name}`)) wanted.push(`assets/${name}`);
    }
    return wanted;
  }

  it('weighs less than 160 kB at first, without formulas, colours of code, dialogs, identity providers and other languages', async () => {
    const files = await firstFiles();
    const sizes = await Promise.all(
      files.map(async (file) => gzipSync(await readFile(join(PAGE, file))).length),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(BUDGET_BYTES);
    const all = await readdir(join(PAGE, 'assets'));
    for (const lazy of [
      'formula-plugins',
      'highlighter',
      'markdown',
      'usage-dialog',
      'identity-provider',
      'de-',
      'ko-',
    ]) {
      expect(all.some((name) => name.startsWith(lazy))).toBe(true);
      expect(files.filter((file) => file.startsWith(`assets/${lazy}`) && file.endsWith('.js'))).toEqual([]);
    }
  });

  it('says nowhere where it stands: it may be served under any path', async () => {
    const html = await readFile(join(PAGE, 'index.html'), 'utf8');
    expect(html).not.toMatch(/(?:src|href)="\//);
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
    const [script = ''] = /assets\/[^"]+\.js/.exec(text) ?? [];
    const { headers } = await server.request.get(`/${script}`).set('Accept-Encoding', 'gzip').expect(200);
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
