import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DialectServer } from '../../support/dialects/dialect-server.js';
import { sendMessageStream } from '../../support/dialects/sessions-clients.js';
import { flowise } from '../../support/upstream/flowise-behaviours.js';

const EXAMPLE = readFileSync(
  join(import.meta.dirname, '../../support/dialects/sessions/__fixtures__/usage-example.ts.txt'),
  'utf8',
);
const AsyncFunction = Object.getPrototypeOf(async () => Promise.resolve()).constructor as new (
  ...source: string[]
) => (...values: unknown[]) => Promise<void>;

describe('the usage example of the sessions document, as it stands there', () => {
  let dialects: DialectServer;

  beforeAll(async () => (dialects = await DialectServer.start()));
  afterAll(() => dialects.close());

  it('logs each token as it comes', async () => {
    const { setup } = await dialects.newClient();
    dialects.upstream.respondWith(flowise.tokens('Hello ', 'there', '!'));
    const chatAPI = {
      sendMessageStream: (session: string, message: never, onChunk: never) =>
        sendMessageStream(`${setup.url}/sessions/${session}/messages/stream`, setup.token, message, onChunk),
    };
    const logged: unknown[][] = [];
    const log = (...line: unknown[]) => logged.push(line);
    await new AsyncFunction('chatAPI', 'sessionId', 'console', EXAMPLE)(chatAPI, 'main', { log });
    expect(logged.every(([label]) => label === 'Received token:')).toBe(true);
    expect(logged.map(([, token]) => token).join('')).toBe('Hello there!');
    const { data } = await dialects.server.read('/sessions/main/messages', setup.token);
    expect(data).toMatchObject([{ content: 'Hello' }, { content: 'Hello there!' }]);
  });
});
