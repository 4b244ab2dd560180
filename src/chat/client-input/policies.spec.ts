import type { Upload } from '../../upstream/chat-provider.port.js';
import type { AskedFile } from './asked-file.js';
import { acceptOverrides } from './overrides.policy.js';
import { acceptUploads } from './uploads.policy.js';

const refusing = (...fields: string[]) =>
  expect.objectContaining({
    code: 'validation_failed',
    details: { errors: fields.map((field) => ({ field, message: expect.any(String) })) },
  });

describe('acceptOverrides', () => {
  const flow = { provider: 'flowise' } as const;

  it('passes vars on as they are, and never a session’s id', () => {
    const asked = { sessionId: 'mine', vars: { a: null } };
    expect(acceptOverrides(flow, asked)).toEqual({ overrideConfig: { vars: { a: null } }, ignored: [] });
    expect(acceptOverrides(flow, { sessionId: 'mine' })).toEqual({ ignored: [] });
    expect(acceptOverrides({ ...flow, overrides: ['sessionId'] }, { sessionId: 'mine' })).toEqual({
      ignored: [],
    });
  });

  it('passes on what the chatflow allows, and names what it does not', () => {
    const overriding = { ...flow, overrides: ['temperature'] };
    expect(acceptOverrides(overriding, { temperature: 0, systemMessage: null })).toEqual({
      overrideConfig: { temperature: 0 },
      ignored: [],
    });
    expect(() =>
      acceptOverrides(overriding, { temperature: 0, systemMessage: 'x', openAIApiKey: 'sk' }),
    ).toThrow(refusing('overrideConfig.systemMessage', 'overrideConfig.openAIApiKey'));
    expect(() => acceptOverrides(flow, JSON.parse('{"__proto__":{"a":1}}'))).toThrow(
      refusing('overrideConfig.__proto__'),
    );
  });

  it('names vars where no flow would take them, and refuses everything else there', () => {
    const model = { provider: 'openai', overrides: ['temperature'] } as const;
    expect(acceptOverrides(model, { vars: {} })).toEqual({ ignored: ['overrideConfig.vars'] });
    expect(() => acceptOverrides(model, { temperature: 0 })).toThrow(refusing('overrideConfig.temperature'));
  });
});

describe('acceptUploads', () => {
  const anything = { refusalOf: () => undefined };
  const file = (changes: Partial<Upload> = {}): AskedFile => ({
    field: 'f',
    upload: {
      type: 'file',
      name: 'a.png',
      data: 'data:image/png;base64,AA==',
      mime: 'image/png',
      ...changes,
    },
  });
  const address = (data: string) => file({ type: 'url', data });

  it('goes by type', () => {
    expect(acceptUploads(anything, { types: ['image/*'] }, [file()])).toHaveLength(1);
    expect(acceptUploads(anything, { types: ['image/png'] }, [file()])).toHaveLength(1);
    for (const types of [['image/gif'], ['application/*'], []])
      expect(() => acceptUploads(anything, { types }, [file()])).toThrow(refusing('f'));
    expect(acceptUploads(anything, { types: [] }, [])).toEqual([]);
  });

  it('refuses what the upstream does not take', () => {
    expect(() => acceptUploads({ refusalOf: () => 'no' }, {}, [file()])).toThrow(refusing('f'));
  });

  it('looks at addresses, unless they may lead anywhere', () => {
    const inside = address('http://169.254.169.254/a.png');
    expect(() => acceptUploads(anything, {}, [file(), inside])).toThrow(refusing('f'));
    expect(acceptUploads(anything, { privateAddresses: true }, [inside])).toMatchObject([
      { data: inside.upload.data },
    ]);
    expect(acceptUploads(anything, {}, [address('https://EXAMPLE.com/a.png')])).toMatchObject([
      { data: 'https://example.com/a.png' },
    ]);
  });
});
