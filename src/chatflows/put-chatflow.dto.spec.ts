import { AppError } from '../platform/errors/app.error.js';
import { RequestValidationPipe } from '../platform/validation/validation.pipe.js';
import { toChatflowSettings } from './chatflow.mapper.js';
import { ChatflowParamsDto, PutChatflowDto } from './put-chatflow.dto.js';

const pipe = new RequestValidationPipe();
const MINIMAL = { name: 'Support', provider: 'flowise', price: { credits: 1 }, access: {} };

const check = (body: object) =>
  pipe.transform(
    { ...MINIMAL, ...body },
    { type: 'body', metatype: PutChatflowDto },
  ) as Promise<PutChatflowDto>;

async function wrongFields(checked: Promise<unknown>): Promise<string[]> {
  const error: unknown = await checked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error('expected an AppError');
  return (error.details.errors as { field: string }[]).map(({ field }) => field);
}

describe('PutChatflowDto', () => {
  it('fills in the defaults of what is left out', async () => {
    expect(toChatflowSettings(await check({}))).toEqual({
      name: 'Support',
      provider: 'flowise',
      upstream: {},
      price: { credits: 1 },
      access: {},
      onDisconnect: 'continue',
      chargeOnStop: true,
    });
  });

  it('keeps everything that is given', async () => {
    const given = {
      ...MINIMAL,
      upstream: {
        flowId: 'f',
        baseUrl: 'http://localhost:3001/api',
        model: 'm',
        bucketIds: ['b'],
        tools: true,
        systemPrompt: 'Be brief.',
      },
      access: { public: false, users: ['ada'], roles: ['staff'] },
      onDisconnect: { stopAfterSeconds: 60 },
      chargeOnStop: false,
      fallback: 'assistant',
      chunking: { words: 3, delayMs: 0 },
      inputWaitSeconds: 60,
    };
    expect(toChatflowSettings(await check(given))).toEqual(given);
  });

  it.each([
    [{ characters: 20, delayMs: 25 }],
    [{ adaptive: true, delayMs: 25, delays: { code: 5 } }],
    [{ words: 3, delayMs: 25, delays: { code: 5, reasoning: 0 } }],
  ])('takes pieces of another kind: %j', async (chunking) => {
    expect(toChatflowSettings(await check({ chunking }))).toHaveProperty('chunking', chunking);
  });

  it('takes null for absent where absent is allowed', async () => {
    const nulls = {
      upstream: { flowId: null },
      fallback: null,
      onDisconnect: null,
      chargeOnStop: null,
      chunking: null,
      inputWaitSeconds: null,
    };
    const settings = toChatflowSettings(await check(nulls));
    expect(settings).toEqual(toChatflowSettings(await check({})));
  });

  it.each([
    [{ price: { credits: 0 } }, 'price.credits'],
    [{ price: { credits: -1 } }, 'price.credits'],
    [{ price: { credits: 0.5 } }, 'price.credits'],
    [{ price: { credits: 1e9 + 1 } }, 'price.credits'],
    [{ price: { credits: '1' } }, 'price.credits'],
    [{ price: { credits: { $gt: 0 } } }, 'price.credits'],
    [{ price: undefined }, 'price'],
    [{ price: [] }, 'price'],
    [{ access: undefined }, 'access'],
    [{ access: { users: 'ada' } }, 'access.users'],
    [{ access: { users: [{ $ne: null }] } }, 'access.users'],
    [{ access: { everybody: true } }, 'access.everybody'],
    [{ name: '' }, 'name'],
    [{ provider: 'other' }, 'provider'],
    [{ upstream: { baseUrl: 'ftp://host' } }, 'upstream.baseUrl'],
    [{ upstream: { flowId: { $ne: '' } } }, 'upstream.flowId'],
    [{ fallback: 'no spaces' }, 'fallback'],
    [{ upstream: { tools: 'yes' } }, 'upstream.tools'],
    [{ upstream: { systemPrompt: '' } }, 'upstream.systemPrompt'],
    [{ chunking: { words: 0, delayMs: 1 } }, 'chunking.words'],
    [{ chunking: { words: 1 } }, 'chunking.delayMs'],
    [{ chunking: { delayMs: 1 } }, 'chunking.words'],
    [{ chunking: { delayMs: 1, adaptive: false } }, 'chunking.words'],
    [{ chunking: { words: 1, characters: 1, delayMs: 1 } }, 'chunking.words'],
    [{ chunking: { characters: 1, adaptive: true, delayMs: 1 } }, 'chunking.words'],
    [{ chunking: { characters: 0, delayMs: 1 } }, 'chunking.characters'],
    [{ chunking: { adaptive: 'yes', delayMs: 1 } }, 'chunking.adaptive'],
    [{ chunking: { words: 1, delayMs: 1, delays: { code: -1 } } }, 'chunking.delays.code'],
    [{ chunking: { words: 1, delayMs: 5001 } }, 'chunking.delayMs'],
    [{ inputWaitSeconds: 3601 }, 'inputWaitSeconds'],
    [{ onDisconnect: 'never' }, 'onDisconnect'],
    [{ onDisconnect: { stopAfterSeconds: 0 } }, 'onDisconnect'],
    [{ onDisconnect: { stopAfterSeconds: 5, more: 1 } }, 'onDisconnect'],
    [{ version: 7 }, 'version'],
  ])('refuses %j', async (body, field) => {
    expect(await wrongFields(check(body))).toContain(field);
  });

  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    '//host',
    'http:host',
    'http://user:pass@host',
    'http://host/?q=1',
    'http://host/#f',
    'http://ho\tst',
    'http://host\r\nX: y',
  ])('refuses the upstream address %j', async (baseUrl) => {
    expect(await wrongFields(check({ upstream: { baseUrl } }))).toEqual(['upstream.baseUrl']);
  });
});

describe('ChatflowParamsDto', () => {
  const checkId = (id: unknown) => pipe.transform({ id }, { type: 'param', metatype: ChatflowParamsDto });

  it.each(['assistant', 'A-b_c.d:1', 'x'.repeat(128)])('takes the id %j', async (id) => {
    await expect(checkId(id)).resolves.toMatchObject({ id });
  });

  it.each(['', 'a b', 'a/b', '$where', 'ä', 'a\n', 'x'.repeat(129)])('refuses the id %j', async (id) => {
    expect(await wrongFields(checkId(id))).toEqual(['id']);
  });
});
