import { TollgateError } from '../errors.js';
import { UnsentQuestions, type UnsentQuestion } from './unsent-questions.js';

/** A `localStorage` of this size. */
class SmallStorage {
  readonly values = new Map<string, string>();
  constructor(private readonly characters = Infinity) {}
  getItem = (key: string): string | null => this.values.get(key) ?? null;
  setItem = (key: string, value: string): void => {
    if (value.length > this.characters) throw new DOMException('full', 'QuotaExceededError');
    this.values.set(key, value);
  };
  removeItem = (key: string): void => void this.values.delete(key);
}

describe('UnsentQuestions', () => {
  const error = new TollgateError('insufficient_credits', 'Too few.', {
    status: 402,
    details: { required: 2, available: 1 },
  });
  const unsent = (conversationId: string | undefined, question = 'why?'): UnsentQuestion => ({
    conversationId,
    question,
    key: `key of ${conversationId ?? 'a new one'}`,
    error,
  });

  it('are there after a reload with all of their error, and gone when they are forgotten', () => {
    const storage = new SmallStorage();
    new UnsentQuestions(storage).keep(unsent('a'));
    new UnsentQuestions(storage).keep(unsent(undefined, 'new'));
    const found = new UnsentQuestions(storage).find('a');
    expect(found).toEqual(unsent('a'));
    expect(found?.error).toBeInstanceOf(TollgateError);
    expect(found?.error).toMatchObject({ message: 'Too few.', status: 402, details: { required: 2 } });
    expect(new UnsentQuestions(storage).find(undefined)?.question).toBe('new');
    new UnsentQuestions(storage).forget('a');
    new UnsentQuestions(storage).forget(undefined);
    expect(storage.values.size).toBe(0);
  });

  it('are one of each conversation and twenty in all, the newest', () => {
    const storage = new SmallStorage();
    const questions = new UnsentQuestions(storage);
    for (let index = 0; index < 25; index += 1) questions.keep(unsent(`c${index}`));
    questions.keep(unsent('c24', 'again'));
    const kept = Array.from({ length: 25 }, (_, index) => questions.find(`c${index}`)?.question);
    expect(kept).toEqual([...Array(5).fill(undefined), ...Array(19).fill('why?'), 'again']);
  });

  it('take no more of a storage than half a million characters', () => {
    const storage = new SmallStorage();
    const questions = new UnsentQuestions(storage);
    for (const id of ['a', 'b', 'c']) questions.keep(unsent(id, id.repeat(200_000)));
    const reloaded = new UnsentQuestions(storage);
    expect(['a', 'b', 'c'].map((id) => reloaded.find(id)?.question.length)).toEqual([
      undefined,
      200_000,
      200_000,
    ]);
    // The page that asked them still has them all.
    expect(questions.find('a')?.question).toHaveLength(200_000);
  });

  it.each([
    ['without a storage', undefined],
    ['with a full one', new SmallStorage(10)],
  ])('are kept as long as the page %s', (_, storage) => {
    const questions = new UnsentQuestions(storage);
    questions.keep(unsent('a'));
    expect(questions.find('a')).toEqual(unsent('a'));
    questions.forget('a');
    expect(questions.find('a')).toBeUndefined();
  });

  it('leave out what is not theirs', () => {
    const storage = new SmallStorage();
    for (const value of ['{', '{}', '[null, 1, {"key": 1}, {"key": "k", "question": "q"}]', 'null']) {
      storage.setItem('tollgate.unsent', value);
      expect(new UnsentQuestions(storage).find(undefined)).toBeUndefined();
    }
  });
});
