import { readConversation } from './openai-input.js';

describe('readConversation', () => {
  it('asks the last message, with the user’s and the assistant’s messages before it as history', () => {
    const messages = [
      { role: 'system', content: 'Be nice.' },
      { role: 'user', content: 'a' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'add', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'x' },
      { role: 'assistant', content: [{ type: 'text', text: 'b' }] },
      { role: 'user', content: [{ type: 'text', text: 'c' }] },
    ];
    expect(readConversation(messages, 'messages')).toEqual({
      question: 'c',
      uploads: [],
      history: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: '', toolCalls: [{ id: 'call_1', name: 'add', arguments: '{}' }] },
        { role: 'tool', content: 'x', toolCallId: 'call_1' },
        { role: 'assistant', content: 'b' },
      ],
      options: [
        {
          param: 'system',
          option: 'system',
          isBinding: false,
          passes: { system: [{ role: 'system', content: 'Be nice.' }] },
        },
      ],
    });
  });

  it.each([
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
    { type: 'input_image', image_url: 'data:image/png;base64,AA==' },
  ])('passes on images: $type', (part) => {
    const content = [{ type: 'input_text', text: 'what?' }, part];
    expect(readConversation([{ role: 'user', content }], 'input')).toMatchObject({
      question: 'what?',
      uploads: [
        {
          upload: { type: 'file', name: 'image.png', mime: 'image/png', data: 'data:image/png;base64,AA==' },
        },
      ],
    });
  });

  it.each([
    ['no user at the end', [{ role: 'assistant', content: 'a' }], 'messages.0.role'],
    ['a blank question', [{ role: 'user', content: ' \n' }], 'messages.0.content'],
    ['content of another kind', [{ role: 'user', content: 5 }], 'messages.0.content'],
    ['an unknown part', [{ role: 'user', content: [{ type: 'smell' }] }], 'messages.0.content.0.type'],
    [
      'a file that is neither inline nor on the web',
      [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] }],
      'messages.0.content.0.image_url',
    ],
  ])('refuses %s', (_name, messages, field) => {
    expect(() => readConversation(messages, 'messages')).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        details: { errors: [expect.objectContaining({ field })] },
      }),
    );
  });
});
