import type { ClientSetup } from '../../support/dialects/dialect-client.js';
import { DialectServer } from '../../support/dialects/dialect-server.js';
import { flowise } from '../../support/upstream/flowise-behaviours.js';

describe('the todo assistant’s dialect', () => {
  let dialects: DialectServer;
  let setup: ClientSetup;

  beforeAll(async () => (dialects = await DialectServer.start({ DEFAULT_CHATFLOW: 'assistant' })));
  afterAll(() => dialects.close());
  beforeEach(async () => ({ setup } = await dialects.newClient()));
  const ask = (body: object, path = 'stream', userId = setup.userId) =>
    dialects.server.stream(`/api/${userId}/chat/${path}`, { token: setup.token, body });
  const typesOf = (text: string) =>
    text
      .split('\n\n')
      .filter(Boolean)
      .map((frame) => frame.replace(/^data: /, ''))
      .map((data) => (data === '[DONE]' ? data : (JSON.parse(data) as { type: string }).type));

  it('writes only `data:` frames, from start to [DONE]', async () => {
    const stream = await ask({ message: 'Add a task to buy milk' });
    const text = await stream.text();
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-store, must-revalidate, private, no-transform',
      pragma: 'no-cache',
      expires: '0',
    });
    expect(text).toMatch(/^(data: [^\n]+\n\n)+$/);
    expect([...new Set(typesOf(text))]).toEqual(['start', 'text', 'done', '[DONE]']);
  });

  it('shows the tools where they are asked for', async () => {
    const text = await (await ask({ message: 'Add a task to buy milk' }, 'stream-tools')).text();
    expect([...new Set(typesOf(text))]).toEqual([
      'start',
      'thinking',
      'tool_call',
      'tool_result',
      'text',
      'done',
      '[DONE]',
    ]);
    expect(text).toContain('{"type":"tool_call","name":"add_task","arguments":"{');
  });

  it('goes on in the conversation that start told', async () => {
    const [start] = await (await ask({ message: 'hello' })).events();
    const id = String(start?.json.conversation_id);
    const again = await (await ask({ message: 'hello', conversation_id: id })).events();
    expect(again[0]?.json).toEqual({ type: 'start', conversation_id: id });
    expect(await dialects.server.read(`/sessions/${id}`, setup.token)).toMatchObject({ messageCount: 4 });
  });

  it('takes the numbers that its clients’ types promise, and null', async () => {
    const number = Number(String(Date.now()).slice(-9));
    const [start] = await (await ask({ message: 'hello', conversation_id: number })).events();
    expect(start?.json).toEqual({ type: 'start', conversation_id: String(number) });
    expect((await ask({ message: 'hello', conversation_id: null })).status).toBe(200);
  });

  it('lets nobody chat as somebody else', async () => {
    const { setup: other } = await dialects.newClient();
    const stream = await ask({ message: 'hello' }, 'stream', other.userId);
    expect(stream.status).toBe(403);
    expect(JSON.parse(await stream.text())).toMatchObject({ code: 'forbidden' });
  });

  it('ends a failure with error and [DONE], without the end of the body', async () => {
    dialects.upstream.addFlow('f');
    await dialects.putChatflow('assistant', { upstream: { flowId: 'f', baseUrl: dialects.upstream.url } });
    dialects.upstream.respondWith(flowise.reset('Hello'));
    const stream = await ask({ message: 'hello' });
    const frames: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const { json, data } of stream) frames.push((json as object | undefined) ?? data);
    };
    await expect(read()).rejects.toThrow('aborted');
    expect(frames).toEqual([
      expect.objectContaining({ type: 'start' }),
      { type: 'text', content: 'Hello' },
      { type: 'error', message: expect.any(String) },
      '[DONE]',
    ]);
  });
});
