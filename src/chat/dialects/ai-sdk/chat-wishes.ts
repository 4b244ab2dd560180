import { errors } from '../../../platform/errors/errors.js';
import type { AskedOption } from '../../client-input/options.policy.js';
import { readClientTools, systemOption, type ClientTool } from '../client-tools.js';
import { isObject } from '../../../platform/json/json-object.js';
import type { ChatRequestDto } from './ai-sdk.dto.js';

/** What the transports send, and what is read elsewhere. */
const CONVERSATION: ReadonlySet<string> = new Set([
  'id',
  'messages',
  'message',
  'trigger',
  'messageId',
  'chatflowId',
]);
const WISHES: ReadonlySet<string> = new Set(['tools', 'toolChoice', 'system']);

/**
 * What a chat's client wants besides an answer. The AI SDK itself sends none of it: tools stand in the code of its server. Front ends that bring
 * theirs along put them into the body (assistant-ui: `tools` by name, `system`), and so may anybody with the transport's `body`.
 * @param sent the body as it came: what nobody knows is named as ignored
 * @throws AppError `validation_failed`
 */
export function readWishes(
  { tools, toolChoice, system, messages = [] }: ChatRequestDto,
  sent: Readonly<Record<string, unknown>>,
): readonly AskedOption[] {
  const told = messages.flatMap((message) => (message.role === 'system' ? [textIn(message)] : []));
  const others = Object.entries(sent).filter(
    ([name, value]) => !CONVERSATION.has(name) && !WISHES.has(name) && isThere(value),
  );
  return [
    ...readClientTools(toolsIn(tools), toChoice(toolChoice)).map(inOwnWords),
    ...systemOption([system ?? '', ...told]),
    ...others.map(([param]) => ({ param, isBinding: false })),
  ];
}

function toolsIn(tools: unknown): readonly (ClientTool | undefined)[] {
  if (tools === undefined || tools === null) return [];
  if (Array.isArray(tools))
    return tools.map((tool: unknown) => (isObject(tool) ? toTool(tool.name, tool) : undefined));
  if (isObject(tools))
    return Object.entries(tools).map(([name, tool]) => toTool(name, isObject(tool) ? tool : {}));
  throw errors.validation([{ field: 'tools', message: 'must be tools by name, or a list of them' }]);
}

/** Version 5 of the AI SDK has renamed `parameters`; a schema that went through JSON may still be wrapped. */
function toTool(
  name: unknown,
  { description, parameters, inputSchema }: Record<string, unknown>,
): ClientTool {
  const schema = parameters ?? inputSchema;
  return {
    name,
    description,
    parameters: isObject(schema) && isObject(schema.jsonSchema) ? schema.jsonSchema : schema,
  };
}

function toChoice(choice: unknown): unknown {
  return isObject(choice) && choice.type === 'tool'
    ? { type: 'function', function: { name: choice.toolName } }
    : choice;
}

function inOwnWords(option: AskedOption): AskedOption {
  return option.param === 'tool_choice' ? { ...option, param: 'toolChoice' } : option;
}

function textIn({ parts, content }: Record<string, unknown>): string {
  if (!Array.isArray(parts)) return typeof content === 'string' ? content : '';
  return parts
    .map((part: unknown) => (isObject(part) && typeof part.text === 'string' ? part.text : ''))
    .join('');
}

function isThere(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
