import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DialectServer } from '../support/dialects/dialect-server.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';

const SCRIPT = join(import.meta.dirname, '../support/dialects/predict/run_process_json.py');
/** What the stream tells about itself, not about the answer. */
const AROUND = ['session_id', 'metadata', 'end'];

describe('`process_json` of the predict document', () => {
  let dialects: DialectServer;

  beforeAll(async () => (dialects = await DialectServer.start()));
  afterAll(() => dialects.close());

  it.each(['07d', '11b', '09a'])('makes of a stream what is stored of it: %s', async (recorded) => {
    await dialects.useFreshUpstream();
    const { setup } = await dialects.newClient();
    dialects.upstream.respondWith(flowise.recorded(recorded));
    const stream = await dialects.server.stream('/predict/stream/store', {
      token: setup.token,
      body: { chatflow_id: setup.chatflowId, question: 'Hi' },
    });
    const events = (await stream.events()).flatMap(({ json, data }) =>
      data === undefined ? [] : [{ event: json as { event: string; data: unknown }, data }],
    );
    const told = events.filter(({ event }) => !AROUND.includes(event.event)).map(({ data }) => data);
    const input = JSON.stringify(told);
    const merged: unknown = JSON.parse(execFileSync('python3', [SCRIPT], { input, encoding: 'utf8' }));
    expect(merged).toContainEqual(expect.objectContaining({ event: 'token' }));
    const session = String(events[0]?.event.data);
    const { data } = await dialects.server.read(`/sessions/${session}/messages?shape=flowise`, setup.token);
    const stored = JSON.parse(String((data as { content: string }[])[1]?.content)) as object[];
    expect(merged).toMatchObject(stored);
    expect(merged).toHaveLength(stored.length);
  });
});
