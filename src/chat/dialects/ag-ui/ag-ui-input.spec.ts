import { readQuestion } from './ag-ui-input.js';

const user = (content: unknown) => ({ id: 'u', role: 'user', content });

describe('readQuestion', () => {
  it('takes the last message', () => {
    expect(readQuestion([user('a'), { role: 'assistant', content: 'b' }, user('c')])).toEqual({
      text: 'c',
      uploads: [],
    });
  });

  it.each([
    [
      { type: 'image', source: { type: 'data', value: 'AA==', mimeType: 'image/png' } },
      'data:image/png;base64,AA==',
    ],
    [{ type: 'document', source: { type: 'url', value: 'https://a.example/x' } }, 'https://a.example/x'],
    [{ type: 'binary', mimeType: 'image/png', data: 'AA==' }, 'data:image/png;base64,AA=='],
  ])('passes on %j', (part, data) => {
    const { text, uploads } = readQuestion([user([{ type: 'text', text: 'what?' }, part])]);
    expect({ text, uploads }).toMatchObject({ text: 'what?', uploads: [{ upload: { data } }] });
  });

  it.each([
    ['another’s message', [{ role: 'assistant', content: 'a' }]],
    ['a blank message', [user(' ')]],
    ['a message without content', [user(undefined)]],
  ])('refuses %s', (_name, messages) => {
    expect(() => readQuestion(messages)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });
});
