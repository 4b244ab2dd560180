import { DialectServer } from '../../support/dialects/dialect-server.js';
import { flowise } from '../../support/upstream/flowise-behaviours.js';

interface FlowiseEvent {
  readonly event: string;
  readonly data: unknown;
}

/** What the stream tells about itself, not about the answer. */
const AROUND = ['session_id', 'metadata', 'end'];

/** `process_json` of the predict document: consecutive tokens become one event. */
function merged(events: readonly FlowiseEvent[]): FlowiseEvent[] {
  const result: FlowiseEvent[] = [];
  let token = '';
  const flush = (): void => {
    if (token !== '') result.push({ event: 'token', data: token });
    token = '';
  };
  for (const { event, data } of events) {
    if (event === 'token') {
      token += String(data);
      continue;
    }
    flush();
    result.push({ event, data });
  }
  flush();
  return result;
}

describe('a stored answer in Flowise’s shape', () => {
  let dialects: DialectServer;

  beforeAll(async () => (dialects = await DialectServer.start()));
  afterAll(() => dialects.close());

  it.each(['07d', '11b', '09a'])('is what whoever followed its stream has merged: %s', async (recorded) => {
    await dialects.useFreshUpstream();
    const { setup } = await dialects.newClient();
    dialects.upstream.respondWith(flowise.recorded(recorded));
    const stream = await dialects.server.stream('/predict/stream/store', {
      token: setup.token,
      body: { chatflow_id: setup.chatflowId, question: 'Hi' },
    });
    const events = (await stream.events()).map(({ json }) => json as FlowiseEvent);
    const followed = merged(events.filter(({ event }) => !AROUND.includes(event)));
    expect(followed.some(({ event }) => event === 'token')).toBe(true);
    const path = `/sessions/${String(events[0]?.data)}/messages`;
    const { data } = await dialects.server.read(`${path}?shape=flowise`, setup.token);
    const [question, answer] = data as { content: string; events?: unknown }[];
    expect(question).toMatchObject({ content: 'Hi' });
    expect(JSON.parse(answer?.content ?? '')).toEqual(followed);
    expect(answer?.events).toEqual(followed);
    const plain = (await dialects.server.read(path, setup.token)).data as { content: string }[];
    expect(plain[1]?.content).toBe(
      followed.map(({ event, data: text }) => (event === 'token' ? String(text) : '')).join(''),
    );
  });

  it('is the only other shape', async () => {
    const { setup } = await dialects.newClient();
    await dialects.server.request
      .get('/sessions/x/messages?shape=other')
      .auth(setup.token, { type: 'bearer' })
      .expect(400);
  });
});
