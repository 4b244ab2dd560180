import { TollgateError } from '../errors.js';
import { questionMessage, waitingAnswer, type ConversationMessage } from './conversation-message.js';
import { hasArrived, withUnsent } from './unsent-place.js';
import type { UnsentQuestion } from './unsent-questions.js';

const turn = (id: string, question: string): ConversationMessage[] => [
  { ...questionMessage(`${id}:user`, question), turnId: id, messageId: `${id}-q` },
  { ...waitingAnswer(`${id}:assistant`), content: `to ${question}`, turnId: id, messageId: `${id}-a` },
];
const STORED = [...turn('t1', 'one'), ...turn('t2', 'two')];
const unsent = (fields: Partial<UnsentQuestion> = {}): UnsentQuestion => ({
  conversationId: 'c',
  question: 'three',
  key: 'k',
  error: new TollgateError('connection_failed', 'gone'),
  ...fields,
});
const shown = (fields: Partial<UnsentQuestion>, branch?: string) =>
  withUnsent(STORED, unsent(fields), branch).flatMap(({ role, content }) =>
    role === 'user' ? [content] : [],
  );

it('an unsent question stands where it was asked', () => {
  expect(shown({})).toEqual(['one', 'two', 'three']);
  expect(shown({ parentId: 't1-a' })).toEqual(['one', 'three']);
  expect(shown({ parentId: null })).toEqual(['three']);
  expect(shown({ parentId: 'of another branch' })).toEqual(['one', 'two']);
});

it('an unsent question hides nothing of a branch that was chosen', () => {
  expect(shown({}, 't2-q')).toEqual(['one', 'two']);
  expect(shown({ parentId: 't1-a' }, 't2-q')).toEqual(['one', 'two']);
  expect(shown({ parentId: null }, 't2-q')).toEqual(['one', 'two']);
  expect(shown({ parentId: 't2-a' }, 't2-q')).toEqual(['one', 'two', 'three']);
});

it('a question that nobody answered for has arrived when it is stored since', () => {
  const error = new TollgateError('insufficient_credits', 'no');
  expect(hasArrived(unsent({ question: 'two', afterTurnId: 't1' }), STORED)).toBe(true);
  expect(hasArrived(unsent({ question: 'one', afterTurnId: 't1' }), STORED)).toBe(false);
  expect(hasArrived(unsent({ question: 'one' }), STORED)).toBe(true);
  expect(hasArrived(unsent({ question: 'two', afterTurnId: 't1', error }), STORED)).toBe(false);
});
