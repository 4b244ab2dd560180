import type { AddOutcome, ChangeOutcome, ListOutcome } from '../../tools/todo/todo-list.js';
import type { ListScope } from '../../tools/todo/task-reference.js';
import type { Task } from '../../tools/todo/task.js';

const EXAMPLES = '"add buy milk", "show my list", "mark 1 as done" or "delete buy milk"';

export const GREETING = `Hello! I keep your to-do list. Try ${EXAMPLES}, or ask for "help".`;
export const THANKS = "You're welcome!";
export const NOT_UNDERSTOOD = `I keep your to-do list, and I did not understand that. Try ${EXAMPLES}, or ask for "help".`;
export const WHICH_TITLE = 'What should I add? For example: "add a task to buy milk".';
export const WHICH_TO_COMPLETE =
  'Which task is done? Name its number or its title, for example: "mark 1 as done".';
export const WHICH_TO_REMOVE =
  'Which task should I remove? Name its number or its title, for example: "remove task 1".';

/** What the `help` tool returns. */
export const COMMANDS = [
  { tool: 'add_task', example: 'add a task to buy milk' },
  { tool: 'list_tasks', example: 'what are my tasks?' },
  { tool: 'complete_task', example: 'mark 1 as done' },
  { tool: 'remove_task', example: 'delete buy milk' },
] as const;

export const HELP = [
  'I am a small assistant that keeps a to-do list for you. Your tasks are stored on the server, so they are still there when you come back.',
  '',
  '- **Add** a task: "add a task to buy milk", "remind me to call Bob", "todo: pay rent".',
  '- **List** your tasks: "what are my tasks?", "show completed tasks", "show everything".',
  '- **Complete** a task: "mark 2 as done", "I finished buy milk", "complete task 1".',
  '- **Remove** a task: "delete buy milk", "remove task 3".',
  '',
  'Every task has a number that stays the same for as long as the task exists and is never used again. You can name a task by that number or by a part of its title; when several tasks fit I ask instead of guessing. I understand plain English sentences by fixed rules, without a language model, so the same words always do the same thing. My answers are sent word by word, which makes me handy for trying out how streaming works in your client.',
].join('\n');

export function answerAdded(outcome: AddOutcome): string {
  switch (outcome.result) {
    case 'added':
      return `Added task ${quoted(outcome.task)}.`;
    case 'title_too_long':
      return `That is too long for a task: ${outcome.maxCharacters} characters are the most I can keep.`;
    case 'list_full':
      return `Your list is full: it has ${outcome.maxTasks} tasks. Remove one first.`;
  }
}

export function answerList(scope: ListScope, { tasks, openCount, doneCount }: ListOutcome): string {
  if (openCount + doneCount === 0) return 'Your list is empty. Add something with "add a task to buy milk".';
  if (tasks.length === 0) {
    return scope === 'done'
      ? `Nothing is done yet; ${count(openCount, 'task')} to go.`
      : `Nothing left to do: ${doneCount === 1 ? 'your only task is' : `all ${doneCount} tasks are`} done.`;
  }
  const heading = {
    open: `You have ${count(openCount, 'open task')}:`,
    done: `You have completed ${count(doneCount, 'task')}:`,
    all: `You have ${count(tasks.length, 'task')}, ${doneCount} of them done:`,
  }[scope];
  return [heading, ...tasks.map((task) => `- ${listed(task, scope === 'all')}`)].join('\n');
}

export function answerChanged(outcome: ChangeOutcome): string {
  switch (outcome.result) {
    case 'completed':
      return `Well done! Task ${quoted(outcome.task)} is completed.`;
    case 'already_completed':
      return `Task ${quoted(outcome.task)} was completed already.`;
    case 'removed':
      return `Removed task ${quoted(outcome.task)}.`;
    case 'not_found':
      return 'I found no such task. Ask "what are my tasks?" to see your list.';
    case 'ambiguous':
      return [
        'Several tasks fit. Which one do you mean? Name its number:',
        ...outcome.tasks.map((task) => `- ${listed(task, true)}`),
      ].join('\n');
  }
}

const quoted = ({ number, title }: Task) => `${number}, "${title}"`;
const listed = ({ number, title, done }: Task, showDone: boolean) =>
  `${number}: ${title}${showDone && done ? ' (done)' : ''}`;
const count = (amount: number, noun: string) => `${amount} ${noun}${amount === 1 ? '' : 's'}`;
