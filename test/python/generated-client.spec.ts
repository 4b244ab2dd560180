import { jest } from '@jest/globals';
import { CHATFLOW_ID, DialectServer } from '../support/dialects/dialect-server.js';
import { PythonClient } from '../support/openapi/python-client.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';

// Packages are installed first.
jest.setTimeout(600_000);

const QUESTION = 'What is new?';
const TEXT = 'Nothing “new” – 🙂';
const PRICE = 2;

describe('a Python client generated from the served document', () => {
  let dialects: DialectServer;
  let client: PythonClient | undefined;

  beforeAll(async () => {
    dialects = await DialectServer.start();
    const { body } = await dialects.server.request.get('/docs-json').expect(200);
    client = await PythonClient.make(body as object);
    dialects.upstream.respondWith(
      flowise.frames(
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
    await dialects.close();
  });

  it('type-checks and does what its user wants', async () => {
    const { user } = await dialects.newClient(100);
    const said = await client?.use(dialects.server.url, user.email, user.password, CHATFLOW_ID);
    expect(said).toEqual({
      refused: 'unauthenticated',
      roles: ['user'],
      chatflows: expect.arrayContaining([
        [CHATFLOW_ID, PRICE],
        ['assistant', 1],
      ]),
      whole: { text: TEXT, finishReason: 'stop', tools: ['search'], sources: ['A page.'] },
      streamed: { text: TEXT, charged: PRICE },
      turn: ['completed', QUESTION, PRICE],
      messages: [
        ['user', QUESTION],
        ['assistant', TEXT],
        ['user', QUESTION],
        ['assistant', TEXT],
      ],
      stored: ['', 'search', '', TEXT],
      shaped: ['usedTools', 'sourceDocuments', 'token'],
      account: [100 - 2 * PRICE, 0, expect.arrayContaining([['capture', PRICE]])],
      completion: TEXT,
      deleted: [204, 'not_found'],
    });
  });
});
