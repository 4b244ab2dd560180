import { cpuMsOf } from '../../../test/support/cpu-time.js';
import type { Intent } from './intent.js';
import { recognizeIntent } from './recognize-intent.js';

const add = (title?: string): Intent => ({ kind: 'add', title });
const list = (scope: 'open' | 'done' | 'all' = 'open'): Intent => ({ kind: 'list', scope });
const complete = (task?: number | string): Intent => ({ kind: 'complete', task: reference(task) });
const remove = (task?: number | string): Intent => ({ kind: 'remove', task: reference(task) });
const reference = (task?: number | string) =>
  task === undefined ? undefined : typeof task === 'number' ? { number: task } : { title: task };

const PHRASINGS: readonly (readonly [question: string, intent: Intent])[] = [
  ['add a task to buy milk', add('buy milk')],
  ['Add a task: Buy milk!', add('Buy milk')],
  ['Please add a new task called "Buy milk".', add('Buy milk')],
  ['can you add a todo for calling mom?', add('calling mom')],
  ['create a to-do to water the plants', add('water the plants')],
  ['make me a reminder about the dentist', add('the dentist')],
  ['new task: write the report', add('write the report')],
  ['add buy milk', add('buy milk')],
  ['add Buy milk, eggs and bread', add('Buy milk, eggs and bread')],
  ['add buy milk to my list', add('buy milk')],
  ['put eggs on the shopping list please', add('eggs')],
  ['add "read: a book" to my todo list', add('read: a book')],
  ['write down call the bank', add('call the bank')],
  ['todo: pay rent', add('pay rent')],
  ['task pay rent', add('pay rent')],
  ['remind me to call Bob at 5', add('call Bob at 5')],
  ['could you remind me about the meeting?', add('the meeting')],
  ["don't let me forget to feed the cat", add('feed the cat')],
  ['don’t forget the keys', add('the keys')],
  ['remember to lock the door', add('lock the door')],
  ['I need to fix the bike', add('fix the bike')],
  ["I've got to renew my passport", add('renew my passport')],
  ['I want to add a task to learn Greek', add('learn Greek')],
  ['I want to learn Greek', add('learn Greek')],
  ['add a task to my list: sweep', add('sweep')],
  ['add a task', add()],
  ['add', add()],
  ['create a new todo', add()],

  ['what are my tasks?', list()],
  ['What is on my list?', list()],
  ["what's on my to-do list", list()],
  ['show my todo list', list()],
  ['show me all my tasks', list('all')],
  ['list tasks', list()],
  ['list', list()],
  ['my tasks', list()],
  ['tasks', list()],
  ['todo list', list()],
  ['show completed tasks', list('done')],
  ['which tasks are done?', list('done')],
  ['show everything', list('all')],
  ['check my list', list()],
  ['what do I have to do today?', list()],
  ["what's left?", list()],
  ["what's next", list()],
  ['do I have any tasks?', list()],
  ['how many tasks do I have left?', list()],
  ['I would like to see my open tasks', list()],
  ['please show me the tasks, thanks', list()],
  ['what have I done?', list('done')],

  ['mark 2 as done', complete(2)],
  ['mark task 2 as completed', complete(2)],
  ['mark #3 done', complete(3)],
  ['mark buy milk as done', complete('buy milk')],
  ['mark as done: buy milk', complete('buy milk')],
  ['I finished buy milk', complete('buy milk')],
  ["I've finished task 4", complete(4)],
  ['I have already done the report', complete('report')],
  ["I'm done with the dishes", complete('dishes')],
  ['complete task 1', complete(1)],
  ['complete number two', complete(2)],
  ['finish "Write report"', complete('Write report')],
  ['check off buy milk', complete('buy milk')],
  ['tick off 3', complete(3)],
  ['cross buy milk off my list', complete('buy milk')],
  ['buy milk is done', complete('buy milk')],
  ['2 is done', complete(2)],
  ['task 2 done', complete(2)],
  ['done: 5', complete(5)],
  ['set the milk task to done', complete('milk')],
  ['complete', complete()],
  ['complete a task', complete()],
  ['done', complete()],

  ['delete buy milk', remove('buy milk')],
  ['remove task 3', remove(3)],
  ['remove #3 from my list', remove(3)],
  ['delete the milk task please', remove('milk')],
  ['can you remove the task called buy milk', remove('buy milk')],
  ['take eggs off the list', remove('eggs')],
  ['cancel task number 7', remove(7)],
  ['get rid of the dentist', remove('dentist')],
  ['drop "call Bob"', remove('call Bob')],
  ['remove a task', remove()],
  ['delete', remove()],

  ['help', { kind: 'help' }],
  ['Help me!', { kind: 'help' }],
  ['?', { kind: 'help' }],
  ['what can you do?', { kind: 'help' }],
  ['how does this work?', { kind: 'help' }],
  ['Hello', { kind: 'greeting' }],
  ['hi there!', { kind: 'greeting' }],
  ['Thanks!', { kind: 'thanks' }],
  ['thank you very much', { kind: 'thanks' }],

  ['', { kind: 'unknown' }],
  ['   ', { kind: 'unknown' }],
  ['!!!', { kind: 'unknown' }],
  ['the weather is nice today', { kind: 'unknown' }],
  ['42', { kind: 'unknown' }],
];

describe('recognizeIntent', () => {
  it.each(PHRASINGS)('understands %j', (question, intent) => {
    expect(recognizeIntent(question)).toEqual(intent);
  });

  it('understands the same in capitals and on several lines', () => {
    expect(recognizeIntent('SHOW MY TASKS')).toEqual(list());
    expect(recognizeIntent('add a task\nto buy\r\n  milk\n')).toEqual(add('buy milk'));
  });

  it.each([
    'to do '.repeat(99),
    `show ${'all what is on my the '.repeat(25)}x`,
    `${'please, can you '.repeat(36)}x`,
    `add${' '.repeat(590)}x`,
    'what '.repeat(119),
    `mark ${'done as done '.repeat(45)}`,
    'all my the open done '.repeat(28),
    'x'.repeat(2_000_000),
  ])('never takes long (%#)', async (question) => {
    expect(await cpuMsOf(() => recognizeIntent(question))).toBeLessThan(200);
  });
});
