import { upstream } from '../../support/upstream/behaviours.js';
import {
  startFlowiseDouble,
  type FlowiseDouble,
} from '../../support/upstream/flowise-double/flowise-double.js';
import { startReplayServer, type ReplayServer } from '../../support/upstream/replay-server.js';
import { startTestServer, type TestServer, type TestUser } from '../../support/test-server.js';
import { refusalIn } from '../../support/refusal.js';

/** What is sent along, without what a format can't say of it. */
interface Kind {
  readonly medium: 'image' | 'audio' | 'document';
  readonly data?: string;
  readonly mime?: string;
  readonly name?: string;
  readonly address?: string;
}
const KINDS: Readonly<Record<string, Kind>> = {
  'an image': { medium: 'image', data: 'iVBORw0=', mime: 'image/png', name: 'photo.png' },
  'an image without a name': { medium: 'image', data: 'iVBORw0=', mime: 'image/jpeg' },
  'an image by its address': {
    medium: 'image',
    address: 'https://files.example.com/photo.webp',
    mime: 'image/webp',
  },
  'a document': { medium: 'document', data: 'JVBERi0=', mime: 'application/pdf', name: 'paper.pdf' },
  'a document by its address': {
    medium: 'document',
    address: 'https://files.example.com/paper.pdf',
    mime: 'application/pdf',
  },
  'a recording': { medium: 'audio', data: 'SUQz', mime: 'audio/mpeg', name: 'voice.mp3' },
};
const urlOf = ({ data, mime, address }: Kind) => address ?? `data:${mime};base64,${data}`;

type Request = readonly [path: string, body: object];
/** How each format brings a file along; undefined where it has no words for it. */
const FORMATS: Readonly<Record<string, (chatflow: string, kind: Kind) => Request | undefined>> = {
  predict: (chatflow, kind) => [
    '/predict',
    {
      chatflow_id: chatflow,
      question: 'What is it?',
      uploads: [{ data: urlOf(kind), name: kind.name, mime: kind.mime }],
    },
  ],
  Flowise: (chatflow, kind) => [
    `/api/v1/prediction/${chatflow}`,
    {
      question: 'What is it?',
      uploads: [
        {
          type: kind.address ? 'url' : 'file',
          name: kind.name ?? 'file',
          data: urlOf(kind),
          mime: kind.mime,
        },
      ],
    },
  ],
  'AI SDK': (chatflow, kind) => [
    '/api/chat',
    {
      id: 'chat',
      chatflowId: chatflow,
      messages: [
        {
          id: 'u1',
          role: 'user',
          parts: [
            { type: 'text', text: 'What is it?' },
            { type: 'file', mediaType: kind.mime, filename: kind.name, url: urlOf(kind) },
          ],
        },
      ],
    },
  ],
  'Chat Completions': (chatflow, kind) => {
    const part = {
      image: { type: 'image_url', image_url: { url: urlOf(kind) } },
      audio: { type: 'input_audio', input_audio: { data: kind.data, format: 'mp3' } },
      document: kind.data && { type: 'file', file: { file_data: urlOf(kind), filename: kind.name } },
    }[kind.medium];
    const content = [{ type: 'text', text: 'What is it?' }, part];
    return part
      ? ['/v1/chat/completions', { model: chatflow, messages: [{ role: 'user', content }] }]
      : undefined;
  },
  Responses: (chatflow, kind) => {
    const part = {
      image: { type: 'input_image', image_url: urlOf(kind) },
      audio: { type: 'input_audio', input_audio: { data: kind.data, format: 'mp3' } },
      document: kind.data
        ? { type: 'input_file', file_data: urlOf(kind), filename: kind.name }
        : { type: 'input_file', file_url: kind.address },
    }[kind.medium];
    const content = [{ type: 'input_text', text: 'What is it?' }, part];
    return ['/v1/responses', { model: chatflow, input: [{ role: 'user', content }] }];
  },
  'AG-UI': (chatflow, kind) => {
    const source = kind.data
      ? { type: 'data', value: kind.data, mimeType: kind.mime }
      : { type: 'url', value: kind.address, mimeType: kind.mime };
    const content = [
      { type: 'text', text: 'What is it?' },
      { type: kind.medium, source, metadata: { filename: kind.name } },
    ];
    return [`/agui/${chatflow}`, { threadId: 'thread', messages: [{ id: 'u', role: 'user', content }] }];
  },
  'AG-UI before 1.0': (chatflow, kind) => {
    const content = [
      { type: 'text', text: 'What is it?' },
      { type: 'binary', mimeType: kind.mime, data: kind.data, url: kind.address, filename: kind.name },
    ];
    return [`/agui/${chatflow}`, { threadId: 'old', messages: [{ id: 'u', role: 'user', content }] }];
  },
};
const CASES = Object.entries(FORMATS).flatMap(([format, toRequest]) =>
  Object.entries(KINDS)
    .filter(([, kind]) => toRequest('x', kind) !== undefined)
    .map(([name, kind]) => ({
      format,
      name,
      kind,
      toRequest: (chatflow: string) => toRequest(chatflow, kind) ?? ['', {}],
    })),
);
const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'application/pdf': 'pdf',
  'audio/mpeg': 'mp3',
};

/** The part of a chat completion that a model gets for it; undefined where there is none. */
function modelPart(kind: Kind): object | undefined {
  if (kind.medium === 'image') return { type: 'image_url', image_url: { url: urlOf(kind) } };
  if (kind.data === undefined) return undefined;
  if (kind.medium === 'audio')
    return { type: 'input_audio', input_audio: { data: kind.data, format: 'mp3' } };
  return { type: 'file', file: { filename: 'paper.pdf', file_data: urlOf(kind) } };
}

describe('files from every format', () => {
  let server: TestServer;
  let flowise: FlowiseDouble;
  let models: ReplayServer;
  let user: TestUser;
  let balance: number;

  beforeAll(async () => {
    flowise = await startFlowiseDouble();
    flowise.defineFlow('flow', { kind: 'chain' });
    models = await startReplayServer();
    const chunk = { choices: [{ index: 0, delta: { content: 'A thing.' }, finish_reason: 'stop' }] };
    models.respondWith(upstream.events(chunk, '[DONE]'));
    server = await startTestServer({ TURNS_PER_MINUTE: '1000' });
    user = await server.registerUser({ credits: 1000 });
    await put('flow', { provider: 'flowise', upstream: { flowId: 'flow', baseUrl: flowise.url } });
    await put('model', { provider: 'openai', upstream: { baseUrl: `${models.url}/v1`, model: 'm' } });
    await put('storm', { provider: 'storm', upstream: { baseUrl: 'http://127.0.0.1:1' } });
  });
  beforeEach(async () => (balance = await available()));
  afterAll(async () => {
    await server.close();
    await flowise.close();
    await models.close();
  });

  async function put(id: string, settings: object): Promise<void> {
    const { token } = await server.admin();
    const body = { name: id, price: { credits: 1 }, access: { public: true }, ...settings };
    await server.request.put(`/chatflows/${id}`).auth(token, { type: 'bearer' }).send(body).expect(201);
  }
  const post = ([path, body]: Request) =>
    server.request.post(path).auth(user.token, { type: 'bearer' }).send(body);
  const available = async () => Number((await server.read('/accounting/balance', user.token)).available);
  const charged = async () => balance - (await available());

  it.each(CASES)('$name reaches a flow from $format', async ({ format, kind, toRequest }) => {
    const { text } = await post(toRequest('flow')).expect(200);
    expect(text).not.toContain('upstream_failed');
    const { uploads } = flowise.requests.at(-1)?.body as { uploads: Record<string, string>[] };
    const type = kind.address ? 'url' : kind.medium === 'audio' && format !== 'Flowise' ? 'audio' : 'file';
    expect(uploads).toEqual([{ type, name: expect.any(String), mime: kind.mime, data: urlOf(kind) }]);
    if (kind.data) expect(uploads[0]?.name).toMatch(new RegExp(`\\.${EXTENSIONS[kind.mime ?? '']}$`));
    expect(await charged()).toBe(1);
  });

  it.each(CASES)('$name reaches a model from $format, or is refused', async ({ kind, toRequest }) => {
    const before = models.requests.length;
    const answer = await post(toRequest('model'));
    const part = modelPart(kind);
    expect(answer.status).toBe(part === undefined ? 400 : 200);
    expect(await charged()).toBe(part === undefined ? 0 : 1);
    if (part === undefined) {
      expect(refusalIn(answer)).toMatchObject({
        code: 'validation_failed',
        told: expect.stringContaining('data URL'),
      });
      expect(models.requests).toHaveLength(before);
    } else {
      const { messages } = models.requests.at(-1)?.body as { messages: object[] };
      expect(messages.at(-1)).toEqual({
        role: 'user',
        content: [{ type: 'text', text: 'What is it?' }, part],
      });
    }
  });

  it.each(CASES)('$name is refused from $format where nobody takes files', async ({ toRequest }) => {
    for (const chatflow of ['assistant', 'storm']) {
      expect(refusalIn(await post(toRequest(chatflow)))).toEqual({
        status: 400,
        code: 'validation_failed',
        told: expect.stringContaining('takes no files'),
      });
    }
    expect(await charged()).toBe(0);
  });

  const UNKNOWN: readonly (readonly [string, Request, string])[] = [
    [
      'Chat Completions',
      [
        '/v1/chat/completions',
        { model: 'flow', messages: [{ role: 'user', content: [{ type: 'hologram' }] }] },
      ],
      'messages.0.content.0.type',
    ],
    [
      'Chat Completions, a stored file',
      [
        '/v1/chat/completions',
        {
          model: 'flow',
          messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }],
        },
      ],
      'messages.0.content.0.file.file_id',
    ],
    [
      'Responses',
      ['/v1/responses', { model: 'flow', input: [{ role: 'user', content: [{ type: 'hologram' }] }] }],
      'input.0.content.0.type',
    ],
    [
      'Responses, a stored image',
      [
        '/v1/responses',
        { model: 'flow', input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'file-1' }] }] },
      ],
      'input.0.content.0.file_id',
    ],
    [
      'AI SDK',
      [
        '/api/chat',
        {
          id: 'c',
          chatflowId: 'flow',
          message: {
            role: 'user',
            parts: [
              { type: 'text', text: 'a' },
              { type: 'data-hologram', data: 1 },
            ],
          },
        },
      ],
      'message.parts.1.type',
    ],
    [
      'AG-UI',
      ['/agui/flow', { threadId: 't', messages: [{ role: 'user', content: [{ type: 'hologram' }] }] }],
      'messages.0.content.0.type',
    ],
    [
      'AG-UI, a stored file',
      [
        '/agui/flow',
        {
          threadId: 't',
          messages: [{ role: 'user', content: [{ type: 'binary', mimeType: 'image/png', id: 'f' }] }],
        },
      ],
      'messages.0.content.0',
    ],
    ['Storm', ['/api/v2/answer', { question: 'Hi', files: ['a'] }], 'files'],
    ['sessions', ['/sessions/s/messages/stream', { content: 'Hi', attachments: ['a'] }], 'attachments'],
  ];
  it.each(UNKNOWN)('names the part that it does not understand: %s', async (_format, request, field) => {
    expect(refusalIn(await post(request))).toEqual({
      status: 400,
      code: 'validation_failed',
      told: expect.stringContaining(field),
    });
    expect(await charged()).toBe(0);
  });

  it('the to-do format refuses files too', async () => {
    const { body } = await post([`/api/${user.userId}/chat/stream`, { message: 'Hi', images: ['a'] }]).expect(
      400,
    );
    expect(body).toMatchObject({ errors: [{ field: 'images' }] });
  });

  it('files of earlier messages reach a model, and a flow learns that they were there', async () => {
    const image = 'data:image/png;base64,AA==';
    const messages = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: image } },
        ],
      },
      { role: 'assistant', content: 'I see.' },
      { role: 'user', content: 'What?' },
    ];
    await post(['/v1/chat/completions', { model: 'model', messages }]).expect(200);
    expect(models.requests.at(-1)?.body.messages).toEqual(messages);
    await post(['/v1/chat/completions', { model: 'flow', messages }]).expect(200);
    expect(flowise.requests.at(-1)?.body.history).toEqual([
      { role: 'userMessage', content: 'Look\n[file: image.png]' },
      { role: 'apiMessage', content: 'I see.' },
    ]);
  });

  it.each(Object.entries(FORMATS))(
    'an address inside is refused from %s, with the field',
    async (_format, toRequest) => {
      const request = toRequest('flow', { medium: 'image', address: 'http://169.254.169.254/a.png' }) ?? [
        '',
        {},
      ];
      expect(refusalIn(await post(request))).toEqual({
        status: 400,
        code: 'validation_failed',
        told: expect.stringMatching(/(uploads|parts|content).*private/),
      });
    },
  );
});
