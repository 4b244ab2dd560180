import { DialectServer } from '../support/dialects/dialect-server.js';
import { askInPython, PYTHON_READERS } from '../support/dialects/storm/python-readers.js';
import { flowise, type FlowiseBehaviour } from '../support/upstream/flowise-behaviours.js';

const TEXT = 'Page by page.\u2028\u0085 “Ja” 🙂';

describe.each(PYTHON_READERS)('%s of the Storm notebook', (reader) => {
  let dialects: DialectServer;
  let key: string;

  beforeAll(async () => (dialects = await DialectServer.start()));
  afterAll(() => dialects.close());
  beforeEach(async () => {
    await dialects.useFreshUpstream();
    const { setup } = await dialects.newClient();
    const { body } = await dialects.server.request
      .post('/auth/api-keys')
      .auth(setup.token, { type: 'bearer' })
      .send({ name: 'storm' })
      .expect(201);
    key = String(body.key);
  });
  const ask = () => askInPython(reader, { url: dialects.server.url, key }, 'How does Storm parse documents?');

  it('returns the answer', async () => {
    dialects.upstream.respondWith(flowise.tokens('Page by ', 'page.\u2028\u0085 ', '“Ja” 🙂'));
    const { returned } = await ask();
    expect([returned].flat()[0]).toBe(TEXT);
  });

  it.each<[string, FlowiseBehaviour]>([
    ['fails', flowise.status(500)],
    ['breaks in the middle', flowise.reset('Half an ')],
    [
      'tells an error after text',
      flowise.frames(['token', 'Half an '], ['error', 'secret'], ['end', '[DONE]']),
    ],
    ['says nothing', flowise.frames(['end', '[DONE]'])],
  ])('returns nothing that looks like an answer when the upstream %s', async (_name, behaviour) => {
    dialects.upstream.respondWith(behaviour);
    const outcome = await ask();
    // The third catches everything and says `None` once it has tried three times.
    expect(outcome).toEqual(
      reader === 'robust_stream_chat' ? { returned: null } : { raised: 'ChunkedEncodingError' },
    );
  });
});
