import * as answers from './answers.js';
import type { TodoList } from '../../tools/todo/todo-list.js';
import type { Intent } from './intent.js';

/** The one tool a turn needs, not yet run. */
export interface ToolUse {
  readonly toolName: 'add_task' | 'list_tasks' | 'complete_task' | 'remove_task' | 'help';
  readonly input: Readonly<Record<string, unknown>>;
  /** Runs the tool. @returns its output and the answer in words */
  readonly run: () => Promise<{ readonly output: unknown; readonly answer: string }>;
}

/** What to do about an intent: use a tool, or only say something. */
export function planTurn(intent: Intent, tools: TodoList): ToolUse | string {
  switch (intent.kind) {
    case 'add': {
      const { title } = intent;
      if (title === undefined) return answers.WHICH_TITLE;
      return use('add_task', { title }, () => tools.addTask(title), answers.answerAdded);
    }
    case 'list': {
      const { scope } = intent;
      return use(
        'list_tasks',
        { scope },
        () => tools.listTasks(scope),
        (outcome) => answers.answerList(scope, outcome),
      );
    }
    case 'complete': {
      const { task } = intent;
      if (task === undefined) return answers.WHICH_TO_COMPLETE;
      return use('complete_task', { ...task }, () => tools.completeTask(task), answers.answerChanged);
    }
    case 'remove': {
      const { task } = intent;
      if (task === undefined) return answers.WHICH_TO_REMOVE;
      return use('remove_task', { ...task }, () => tools.removeTask(task), answers.answerChanged);
    }
    case 'help':
      return use(
        'help',
        {},
        () => Promise.resolve({ commands: answers.COMMANDS }),
        () => answers.HELP,
      );
    case 'greeting':
      return answers.GREETING;
    case 'thanks':
      return answers.THANKS;
    case 'unknown':
      return answers.NOT_UNDERSTOOD;
  }
}

function use<T>(
  toolName: ToolUse['toolName'],
  input: ToolUse['input'],
  run: () => Promise<T>,
  answer: (output: T) => string,
): ToolUse {
  return {
    toolName,
    input,
    run: async () => {
      const output = await run();
      return { output, answer: answer(output) };
    },
  };
}
