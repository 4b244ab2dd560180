import type { ChatCompletionFunctionTool } from 'openai/resources/chat/completions';
import type { TodoList } from './todo-list.js';
import type { TaskReference } from './task-reference.js';
import { parsePayload } from '../../platform/json/repair-json.js';
import { asText, isObject, type JsonObject } from '../../platform/json/json-object.js';
import type { RequestedTool } from '../requested-tool.js';

/** What a model wants of a tool, its arguments read. */
export interface ToolUse {
  readonly id: string;
  readonly name: string;
  /** `undefined` when the arguments are no JSON object, not even after a repair. */
  readonly input: JsonObject | undefined;
  /** Whether the arguments were JSON only after a repair. */
  readonly repaired: boolean;
}

/** What came of a tool, to be shown and to be told to the model. */
export interface ToolOutcome {
  readonly output: unknown;
  readonly isError: boolean;
}

const TASK_PARAMETERS = {
  type: 'object',
  properties: {
    number: { type: 'integer', description: 'Number of the task.' },
    title: {
      type: 'string',
      description: 'Title of the task or a part of it, when the number is not known.',
    },
  },
  additionalProperties: false,
};

const describe = (
  name: string,
  description: string,
  parameters: ChatCompletionFunctionTool['function']['parameters'],
): ChatCompletionFunctionTool => ({
  type: 'function',
  function: { name, description, parameters },
});

/** The to-do tools as a chat completion's request describes them. */
export const TODO_TOOLS: readonly ChatCompletionFunctionTool[] = [
  describe('add_task', "Adds a task to the user's list.", {
    type: 'object',
    properties: { title: { type: 'string', description: 'What is to be done.' } },
    required: ['title'],
    additionalProperties: false,
  }),
  describe('list_tasks', "Lists the user's tasks.", {
    type: 'object',
    properties: { scope: { type: 'string', enum: ['open', 'done', 'all'], description: 'open by default' } },
    additionalProperties: false,
  }),
  describe('complete_task', 'Marks a task as done. Name it by number or title.', TASK_PARAMETERS),
  describe('remove_task', 'Removes a task. Name it by number or title.', TASK_PARAMETERS),
];

/**
 * Reads the arguments, which models don't always write as JSON. Never throws.
 * @param turn as for `parsePayload`
 */
export function readToolUse({ id, name, arguments: json }: RequestedTool, turn: object): ToolUse {
  const parsed = parsePayload(json.trim() === '' ? '{}' : json, isObject, turn);
  return { id, name, input: parsed?.values[0], repaired: parsed?.repaired === true };
}

/** Uses one tool. Never throws: what goes wrong is told to the model, which can mend its arguments or apologise. */
export async function runTodoTool(
  tools: TodoList,
  { name, input }: Pick<ToolUse, 'name' | 'input'>,
): Promise<ToolOutcome> {
  if (input === undefined) return failed('The arguments are not a JSON object.');
  try {
    const output = await use(tools, name, input);
    return typeof output === 'string' ? failed(output) : { output, isError: false };
  } catch {
    // Whatever the store says about itself is not for a model's eyes.
    return failed('The tool failed. The list may be unchanged.');
  }
}

/** @returns the output, or in words why there is none */
async function use(tools: TodoList, name: string, input: JsonObject): Promise<object | string> {
  switch (name) {
    case 'add_task': {
      const title = asText(input.title)?.trim() ?? '';
      return title === '' ? 'title is missing.' : tools.addTask(title);
    }
    case 'list_tasks': {
      const { scope = 'open' } = input;
      if (scope !== 'open' && scope !== 'done' && scope !== 'all') return 'scope must be open, done or all.';
      return tools.listTasks(scope);
    }
    case 'complete_task':
    case 'remove_task': {
      const task = toReference(input);
      if (task === undefined) return 'number or title is missing.';
      return name === 'complete_task' ? tools.completeTask(task) : tools.removeTask(task);
    }
    default:
      return `There is no tool named ${name}.`;
  }
}

function toReference({ number, title }: JsonObject): TaskReference | undefined {
  // Models often write numbers as text.
  const value = typeof number === 'string' && /^\d{1,9}$/.test(number) ? Number(number) : number;
  if (typeof value === 'number' && Number.isInteger(value)) return { number: value };
  const words = asText(title)?.trim() ?? '';
  return words === '' ? undefined : { title: words };
}

function failed(error: string): ToolOutcome {
  return { output: { error }, isError: true };
}
