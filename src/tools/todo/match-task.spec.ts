import { matchTask } from './match-task.js';
import type { Task } from './task.js';

const tasks: readonly Task[] = [
  'Buy milk',
  'Buy bread',
  'Call the dentist',
  'Call Bob about the dentist',
  'Write report',
].map((title, index) => ({ number: index + 1, title, done: false }));

describe('matchTask', () => {
  it.each([
    ['Buy milk', 1],
    ['buy MILK!', 1],
    ['milk', 1],
    ['the bread', 2],
    ['call the dentist', 3],
    ['Bob', 4],
    ['dentist Bob', 4],
    ['buying the milk', 1],
    ['writing the report', 5],
    ['reprot', undefined],
    ['repart', 5],
    ['buy milk at the market', 1],
  ])('%j means task %s', (wanted, number) => {
    const found = matchTask(tasks, wanted);
    if (number === undefined) expect(found).toEqual({ kind: 'none' });
    else expect(found).toMatchObject({ kind: 'one', task: { number } });
  });

  it.each([
    ['buy', [1, 2]],
    ['dentist', [3, 4]],
  ])('%j could mean several', (wanted, numbers) => {
    const found = matchTask(tasks, wanted);
    expect(found).toMatchObject({ kind: 'several', tasks: numbers.map((number) => ({ number })) });
  });

  it.each(['holiday', '', '!!', 'bu', 'cat'])('%j means none', (wanted) => {
    expect(matchTask(tasks, wanted)).toEqual({ kind: 'none' });
  });

  it('finds a title of nothing but small words', () => {
    const [task] = [{ number: 1, title: 'To the', done: false }];
    expect(matchTask([task], 'to the')).toEqual({ kind: 'one', task });
  });
});
