import { findStoredAnswer } from './flowise-chat-messages.js';

const answer = (id: string, content: unknown, role = 'apiMessage') => ({ id, role, content, chatId: 'c' });

describe('findStoredAnswer', () => {
  it('finds the answer by its id, never another one', () => {
    const messages = [answer('1', 'old'), answer('2', 'this'), answer('3', 'question', 'userMessage')];
    expect(findStoredAnswer(messages, '2')).toBe('this');
    expect(findStoredAnswer(messages, '3')).toBeUndefined();
    expect(findStoredAnswer(messages, '4')).toBeUndefined();
  });

  it.each([
    '{"text": ""}',
    '{\n  "text": "",\n  "chatId": "c"\n}',
    '{"sourceDocuments":[{"pageContent":"a"}]}',
    '[{"pageContent":"a","metadata":{}}]',
    ' ',
  ])('finds no text in %j, which Flowise stores when there was none', (content) => {
    expect(findStoredAnswer([answer('2', content)], '2')).toBeUndefined();
  });

  it.each(['{"a":1}', '{"text":"x"}', '["a"]', '[1', '{', '[see below]'])(
    'takes %j for an answer',
    (content) => {
      expect(findStoredAnswer([answer('2', content)], '2')).toBe(content);
    },
  );

  it.each([[{ success: false }], [null], [[null, 7, {}]], [[answer('2', '')]], [[answer('2', 7)]]])(
    'finds nothing in %j',
    (messages) => {
      expect(findStoredAnswer(messages, '2')).toBeUndefined();
    },
  );
});
