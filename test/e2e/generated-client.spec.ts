import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js';
import { CHATFLOW_ID, DialectServer } from '../support/dialects/dialect-server.js';
import { GeneratedClient } from '../support/openapi/generated-client.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';

const QUESTION = 'What is new?';
const TEXT = 'Nothing “new” – 🙂';
const PRICE = 2;

describe('a TypeScript client generated from the served document', () => {
  let dialects: DialectServer;
  let proxy: CuttingProxy;
  let client: GeneratedClient | undefined;

  beforeAll(async () => {
    dialects = await DialectServer.start();
    proxy = await startCuttingProxy(dialects.server.url);
    const { body } = await dialects.server.request.get('/docs-json').expect(200);
    client = await GeneratedClient.make(body as object);
    dialects.upstream.respondWith(
      flowise.frames(
        ['calledTools', [{ tool: 'search', toolInput: { q: 1 }, toolOutput: '' }]],
        ['usedTools', [{ tool: 'search', toolInput: { q: 1 }, toolOutput: [1, null] }]],
        ['sourceDocuments', [{ pageContent: 'A page.', metadata: { page: 1 } }]],
        ['token', 'Nothing “new” '],
        ['token', '– 🙂'],
        ['end', '[DONE]'],
      ),
    );
  });
  afterAll(async () => {
    await client?.remove();
    await proxy.close();
    await dialects.close();
  });

  it('compiles strictly and does what its user wants', async () => {
    const { user } = await dialects.newClient(100);
    proxy.plan({ kind: 'cut', afterEvents: 3 });
    const said = await client?.use(dialects.server.url, user.email, user.password, CHATFLOW_ID, proxy.url);
    expect(proxy.left).toBe(0);
    expect(said).toEqual({
      refused: 'unauthenticated',
      roles: ['user'],
      chatflows: expect.arrayContaining([
        [CHATFLOW_ID, PRICE],
        ['assistant', 1],
      ]),
      whole: { text: TEXT, finishReason: 'stop', tools: ['search'], sources: ['A page.'], isItsTurn: true },
      streamed: {
        text: TEXT,
        thought: '',
        tools: ['search', 'search'],
        sources: ['A page.'],
        charged: PRICE,
        ended: true,
      },
      sameAgain: true,
      turn: ['completed', QUESTION, PRICE, 0],
      messages: [
        ['user', QUESTION],
        ['assistant', TEXT],
        ['user', QUESTION],
        ['assistant', TEXT],
      ],
      stored: ['search', 'search', '', TEXT],
      shaped: ['calledTools', 'usedTools', 'sourceDocuments', 'token'],
      account: [100 - 2 * PRICE, 0, expect.arrayContaining([['capture', PRICE]])],
      completion: `${TEXT}.`,
      flowise: TEXT,
      agUi: [TEXT, true],
      failed: [404, 'not_found', null],
      deleted: [204, 'not_found'],
    });
  });
});
