import { errors } from '../../../platform/errors/errors.js';
import type { AskedOption } from '../../client-input/options.policy.js';
import { isObject } from '../../../platform/json/json-object.js';
import { readCompletionOptions } from './completion-options.js';

type Body = Readonly<Record<string, unknown>>;

const CONVERSATION: ReadonlySet<string> = new Set([
  'model',
  'input',
  'stream',
  'stream_options',
  'previous_response_id',
  'conversation',
]);
/** What the two APIs call by different names. */
const NAMES: Readonly<Record<string, string>> = {
  'text.format': 'response_format',
  'reasoning.effort': 'reasoning_effort',
  max_output_tokens: 'max_completion_tokens',
};
/** Without them there would be no answer, or not the one that was asked for. */
const BINDING: ReadonlySet<string> = new Set(['background', 'prompt']);

/**
 * The wishes in a body of Responses, said as Chat Completions would.
 * @throws AppError as `readCompletionOptions` does
 */
export function readResponseOptions(body: Body): AskedOption[] {
  return Object.entries(body).flatMap(([name, value]) => {
    if (CONVERSATION.has(name) || value === null || value === undefined) return [];
    if (name === 'instructions') return [instructionsOption(value)];
    if (BINDING.has(name)) return value === false ? [] : [{ param: name, isBinding: true }];
    if ((name === 'text' || name === 'reasoning') && isObject(value))
      return Object.entries(value).flatMap(([member, wish]) => readWish(`${name}.${member}`, wish, body));
    return readWish(name, value, body);
  });
}

function instructionsOption(instructions: unknown): AskedOption {
  if (typeof instructions !== 'string')
    throw errors.validation([{ field: 'instructions', message: 'must be a text' }]);
  const system = [{ role: 'system', content: instructions }];
  return { param: 'instructions', option: 'system', isBinding: false, passes: { system } };
}

function readWish(param: string, value: unknown, body: Body): AskedOption[] {
  const name = NAMES[param] ?? param;
  const tools = Array.isArray(body.tools) ? body.tools.map(toTool) : body.tools;
  const said = { tools: name === 'tool_choice' ? tools : undefined, [name]: translate(name, value, tools) };
  return readCompletionOptions(said)
    .filter((option) => option.param === name || option.param.startsWith(`${name}.`))
    .map((option) => ({ ...option, param: option.param.replace(name, param) }));
}

function translate(name: string, value: unknown, tools: unknown): unknown {
  switch (name) {
    case 'tools':
      return tools;
    case 'tool_choice':
      return isObject(value) && value.type === 'function'
        ? { type: 'function', function: { name: value.name } }
        : value;
    case 'response_format':
      return toResponseFormat(value);
    default:
      return value;
  }
}

/** Responses have the members of a function beside its type. */
function toTool(tool: unknown): unknown {
  if (!isObject(tool) || tool.type !== 'function') return tool;
  const { type, name, description, parameters, strict } = tool;
  return { type, function: withoutNulls({ name, description, parameters, strict }) };
}

function toResponseFormat(format: unknown): unknown {
  if (!isObject(format) || format.type !== 'json_schema') return format;
  const { type, name, description, schema, strict } = format;
  return { type, json_schema: withoutNulls({ name, description, schema, strict }) };
}

function withoutNulls(value: Body): Body {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== null && member !== undefined),
  );
}
