import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { startModelDouble, type ModelDouble } from '../support/upstream/model-double.js';

const SCRIPT = join(import.meta.dirname, 'clients', 'model_clients.py');
/** With what some readers take for ends of lines. */
const TEXT = 'Line\u2028by\u2029line\u0085or\u000bnot “ja” 🙂';
const SAID = `You said: ${TEXT}`;
const RAIN = { city: 'Rome', degrees: 20 };
const CALL = ['weather', { city: 'Rome' }];
const TOLD = 'It said: 20 °C in Rome';
const THANKED = [TOLD, 'You said: Thanks'];

const EXPECTED: Readonly<Record<string, unknown>> = {
  'openai: chat, create': SAID,
  'openai: chat, create, with null for what is not set': SAID,
  'openai: chat, stream': SAID,
  'openai: chat, stream, async': SAID,
  'openai: chat, parse': RAIN,
  'openai: chat, tools': CALL,
  'openai: chat, tools, streamed': CALL,
  'openai: responses, create': SAID,
  'openai: responses, stream': SAID,
  'openai: responses, parse': RAIN,
  'openai: responses, tools, streamed': CALL,
  'openai: nobody': { raised: 'AuthenticationError', message: expect.stringMatching(/401/) },
  ...Object.fromEntries(
    ['chat', 'responses'].flatMap((api) => [
      [`langchain-openai: ${api}, invoke`, SAID],
      [`langchain-openai: ${api}, stream`, SAID],
      [`langchain-openai: ${api}, with_structured_output, json_schema`, RAIN],
      [`langchain-openai: ${api}, with_structured_output, function_calling`, RAIN],
      [`langchain-openai: ${api}, with_structured_output, json_mode`, RAIN],
      [`langchain-openai: ${api}, bind_tools, and on`, THANKED],
      [`langchain-openai: ${api}, bind_tools, streamed`, CALL],
    ]),
  ),
  ...Object.fromEntries(
    ['responses', 'chat_completions'].flatMap((api) => [
      [`openai-agents: ${api}, run, and on`, THANKED],
      [`openai-agents: ${api}, run_streamed`, TOLD],
      [`openai-agents: ${api}, output_type`, RAIN],
    ]),
  ),
  ...Object.fromEntries(
    ['/v1/chat/completions', '/predict/stream/store'].flatMap((path) => [
      [`httpx: iter_lines, ${path}`, SAID],
      [`requests: iter_lines, decode_unicode, ${path}`, SAID],
      [`requests: splitlines of the whole, ${path}`, SAID],
    ]),
  ),
};

describe('Python clients of a chatflow that lets them decide about the answer', () => {
  let server: TestServer;
  let model: ModelDouble;
  let outcomes: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    model = await startModelDouble(RAIN);
    server = await startTestServer({ TURNS_PER_MINUTE: '10000' });
    const { token: admin } = await server.admin();
    await server.request
      .put('/chatflows/open')
      .auth(admin, { type: 'bearer' })
      .send({
        name: 'A model',
        provider: 'openai',
        upstream: { baseUrl: model.baseUrl, model: 'm' },
        price: { credits: 1 },
        access: { public: true },
        clientOptions: ['tools', 'tool_choice', 'response_format', 'system', 'temperature'],
      })
      .expect(201);
    const { token } = await server.registerUser({ credits: 1000 });
    const { stdout } = await promisify(execFile)('python3', [SCRIPT, server.url, token, TEXT]);
    outcomes = JSON.parse(stdout) as Record<string, unknown>;
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await model.close();
  });

  it.each(Object.entries(EXPECTED))('%s', (name, expected) => {
    expect(outcomes[name]).toEqual(expected);
  });

  it('nothing else was asked', () => {
    expect(Object.keys(outcomes).sort()).toEqual(Object.keys(EXPECTED).sort());
  });
});
