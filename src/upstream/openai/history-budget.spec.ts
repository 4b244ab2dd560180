import type { HistoryEntry } from '../chat-provider.port.js';
import { estimateTokens, trimHistory } from './history-budget.js';

const user = (content: string): HistoryEntry => ({ role: 'user', content });
const assistant = (content: string): HistoryEntry => ({ role: 'assistant', content });

describe('estimateTokens', () => {
  it('counts one token for four bytes, so that other scripts cost more than English', () => {
    expect(estimateTokens('')).toBe(0);
    expect(estimateTokens('word')).toBe(1);
    expect(estimateTokens('words')).toBe(2);
    expect(estimateTokens('漢字漢字')).toBe(3);
  });
});

describe('trimHistory', () => {
  const history = [user('1111'), assistant('2222'), user('3333'), assistant('4444')];
  const ONE = 5;

  it('keeps everything that fits', () => {
    expect(trimHistory(history, 4 * ONE)).toEqual(history);
  });

  it('drops the oldest first, and never begins with an answer', () => {
    expect(trimHistory(history, 3 * ONE)).toEqual(history.slice(2));
    expect(trimHistory(history, 2 * ONE)).toEqual(history.slice(2));
    expect(trimHistory(history, ONE)).toEqual([]);
    expect(trimHistory(history, 0)).toEqual([]);
  });

  it('does not skip a message that is too long to keep older ones', () => {
    expect(trimHistory([user('1'), assistant('x'.repeat(1000)), user('3')], 20)).toEqual([user('3')]);
  });
});
