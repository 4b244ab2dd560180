import type { AnswerScript } from './answers.js';
import { Attempt } from './attempt.js';
import { Incarnation, type Message, type SessionView } from './incarnation.js';
import { LeakChecks } from './leak-checks.js';
import { Violations } from './violations.js';

const USER = { userId: 'user', index: 1, token: 'token' };
/** Which turn each run of the upstream answered. */
const RUNS = ['u1-t0', 'u1-t1', 'u1-t2', 'u2-t9'];

/** The words of an answer up to this token. */
const said = (word: string, run: number, upTo: number): string =>
  Array.from({ length: upTo + 1 }, (_, index) => `${word}/r${run}.${index} plain `).join('');

describe('LeakChecks', () => {
  let found: Violations;
  let checks: LeakChecks;
  let session: Incarnation;
  let messages: Message[];

  beforeEach(() => {
    found = new Violations(() => {});
    const script = { find: (run: number) => ({ question: `${RUNS[run]}: Go on.`, text: '' }) };
    checks = new LeakChecks(found, script as unknown as AnswerScript);
    session = new Incarnation(USER, 'load', 'main');
    messages = [];
    ask('u1-t0', said('u1-t0', 0, 3));
    ask('u1-t1', said('u1-t1', 1, 3));
  });

  function ask(word: string, answer: string, parentId = messages.at(-1)?.id): Attempt {
    const question = `${word}: Go on.`;
    const attempt = new Attempt({
      user: USER,
      chatflowId: 'load',
      question,
      word,
      manner: 'read',
      askedIn: 'main',
      actsAfter: 1,
      approves: true,
    });
    attempt.takeStart(`turn-${word}`, 'main');
    attempt.incarnation = session;
    session.attempts.push(attempt);
    const shared = { turnId: `turn-${word}`, status: 'completed' };
    const follows = parentId === undefined ? {} : { parentId };
    messages.push({ ...shared, ...follows, id: `q-${word}`, role: 'user', content: question });
    messages.push({ ...shared, id: `a-${word}`, role: 'assistant', content: answer, parentId: `q-${word}` });
    return attempt;
  }

  function leaks(attempt: Attempt, text: string): number {
    attempt.text = text;
    const view: SessionView = { messages, turns: new Map() };
    checks.judge(attempt, session, view);
    return found.of('leak');
  }

  it('takes what was shown before in the same session', () => {
    const attempt = ask('u1-t2', said('u1-t2', 2, 3));
    expect(leaks(attempt, `u1-t2/r2.0 {u1-t0} {u1-t0/r0.3} {u1-t1} {u1-t1/r1.2} u1-t2/r2.1`)).toBe(0);
    expect(checks.words).toBeGreaterThan(0);
  });

  it.each([
    ['of another user', '{u2-t9}'],
    ['of a turn that is not shown in the session', '{u1-t7/r7.0}'],
    ['of an answer behind the part that was kept', '{u1-t1/r1.4}'],
    ['of another run of the same question', 'u1-t2/r3.1'],
  ])('finds a word %s', (_what, word) => {
    const attempt = ask('u1-t2', said('u1-t2', 2, 3));
    expect(leaks(attempt, `u1-t2/r2.0 ${word}`)).toBeGreaterThan(0);
  });

  it('finds a word that came later', () => {
    const [first] = session.attempts;
    expect(leaks(first!, 'u1-t0/r0.0 {u1-t1}')).toBe(1);
  });

  it('finds a word of another branch, which earlier turns might tell', () => {
    session = new Incarnation(USER, 'load', 'main');
    messages = [];
    ask('u1-t0', said('u1-t0', 0, 3));
    const before = ask('u1-t1', said('u1-t1', 1, 3));
    const anew = ask('u1-t2', said('u1-t2', 2, 3), 'none');
    expect(leaks(before, 'u1-t1/r1.0 {u1-t0}')).toBe(0);
    expect(leaks(anew, 'u1-t2/r2.0 {u1-t0}')).toBe(1);
  });

  it('finds a message of a life before in the session', () => {
    const next = new Incarnation(USER, 'load', 'main');
    checks.judgeSession(next, { messages, turns: new Map() });
    expect(found.of('leak')).toBe(2);
    checks.judgeSession(session, { messages, turns: new Map() });
    expect(found.of('leak')).toBe(2);
  });
});
