import { readQuestion } from './ui-message.js';

const user = (...parts: object[]) => ({ id: 'u', role: 'user', parts });
const text = (value: string) => ({ type: 'text', text: value });

describe('readQuestion', () => {
  it('takes the last message of the list', () => {
    const messages = [user(text('a')), { role: 'assistant', parts: [text('b')] }, user(text('c'), text('d'))];
    expect(readQuestion({ id: 'x', messages })).toEqual({ question: 'cd', uploads: [] });
  });

  it('takes the one message that is sent alone', () => {
    expect(readQuestion({ id: 'x', message: user(text('a')) })).toEqual({ question: 'a', uploads: [] });
  });

  it('passes on files', () => {
    const file = {
      type: 'file',
      mediaType: 'image/png',
      filename: 'a.png',
      url: 'data:image/png;base64,AA==',
    };
    expect(readQuestion({ id: 'x', message: user(text('a'), file) }).uploads).toEqual([
      {
        field: 'message.parts.1.url',
        upload: { type: 'file', name: 'a.png', mime: 'image/png', data: 'data:image/png;base64,AA==' },
      },
    ]);
  });

  it.each([
    ['nothing', {}, 'messages.0'],
    ['an assistant’s message', { message: { role: 'assistant', parts: [text('a')] } }, 'message'],
    ['a message without text', { messages: [user(text('a')), user()] }, 'messages.1'],
    ['a strange address', { message: user({ type: 'file', url: 'javascript:1' }) }, 'message.parts.0.url'],
  ])('refuses %s', (_name, body, field) => {
    expect(() => readQuestion({ id: 'x', ...body })).toThrow(
      expect.objectContaining({ details: { errors: [expect.objectContaining({ field })] } }),
    );
  });
});
