import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DialectServer } from '../support/dialects/dialect-server.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';

const SCRIPT = join(import.meta.dirname, '../support/dialects/storm/run_notebook.py');
const TEXT = 'Page by page. “Ja” 🙂';
const DOCUMENT = { pageContent: 'Pages are parsed.', metadata: { source: 'guide.pdf' } };
/** Of its cells those that ask. */
const QUESTIONS = 4;

interface Notebook {
  readonly printed: readonly string[];
  readonly answer: string;
  readonly contexts: readonly { readonly context: string }[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

describe('the Storm notebook, all of it', () => {
  let dialects: DialectServer;

  beforeAll(async () => (dialects = await DialectServer.start({ STORM_CHATFLOW: 'flow' })));
  afterAll(() => dialects.close());

  async function run(): Promise<Notebook> {
    const { setup } = await dialects.newClient();
    const { body } = await dialects.server.request
      .post('/auth/api-keys')
      .auth(setup.token, { type: 'bearer' })
      .send({ name: 'storm' })
      .expect(201);
    const { stdout } = await promisify(execFile)('python3', [SCRIPT, dialects.server.url, String(body.key)]);
    return JSON.parse(stdout) as Notebook;
  }

  it('shows answers with their sources in every cell that asks', async () => {
    await dialects.useFreshUpstream();
    dialects.upstream.respondWith(
      flowise.frames(
        ['sourceDocuments', [DOCUMENT]],
        ['token', 'Page by '],
        ['token', 'page. “Ja” 🙂'],
        ['end', '[DONE]'],
      ),
    );
    const { printed, answer, contexts, metadata } = await run();
    expect(printed).toEqual([
      expect.stringContaining('Setup complete'),
      expect.stringContaining('SSE Event Format'),
      expect.stringMatching(/Page by page[^]+Stream complete[^]+Used 1 sources/),
      expect.stringMatching(/Received 1 context sources[^]+Streaming complete![^]+chat_id/),
      expect.stringMatching(/Response Stats[^]+Sources: 1/),
      expect.stringMatching(/Page by page[^]+Success/),
      expect.stringContaining('Ready for production streaming!'),
    ]);
    expect(printed.join('')).not.toMatch(/❌|⚠️|⏱️|Failed/u);
    expect(answer).toBe(TEXT);
    expect(contexts).toMatchObject([{ context: DOCUMENT.pageContent }]);
    expect(metadata).toMatchObject({ chat_id: expect.any(String), model: expect.any(String) });
    expect(dialects.upstream.requests).toHaveLength(QUESTIONS);
  });
});
