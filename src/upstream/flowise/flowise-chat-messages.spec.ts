import { findStoredAnswer } from './flowise-chat-messages.js';

const answer = (id: string, content: unknown, role = 'apiMessage') => ({ id, role, content, chatId: 'c' });

describe('findStoredAnswer', () => {
  it('finds the answer by its id, never another one', () => {
    const messages = [answer('1', 'old'), answer('2', 'this'), answer('3', 'question', 'userMessage')];
    expect(findStoredAnswer(messages, '2')).toBe('this');
    expect(findStoredAnswer(messages, '3')).toBeUndefined();
    expect(findStoredAnswer(messages, '4')).toBeUndefined();
  });

  it.each([[{ success: false }], [null], [[null, 7, {}]], [[answer('2', '')]], [[answer('2', 7)]]])(
    'finds nothing in %j',
    (messages) => {
      expect(findStoredAnswer(messages, '2')).toBeUndefined();
    },
  );
});
