import { errors } from '../../platform/errors/errors.js';
import type { AskedOption } from '../client-input/options.policy.js';
import { isObject } from '../../platform/json/json-object.js';
import { readCompletionOptions } from './openai/completion-options.js';

type Body = Readonly<Record<string, unknown>>;

/** A tool that runs where the client is, as a front end describes it. */
export interface ClientTool {
  readonly name: unknown;
  readonly description?: unknown;
  /** JSON schema. */
  readonly parameters?: unknown;
}

/**
 * What a front end wants of its own tools, said as Chat Completions would.
 * @throws AppError `validation_failed` for a tool without a name, or too many
 */
export function readClientTools(
  tools: readonly (ClientTool | undefined)[],
  choice?: unknown,
): readonly AskedOption[] {
  return readCompletionOptions({ tools: tools.map(toFunction), tool_choice: choice });
}

function toFunction(tool: ClientTool | undefined, index: number): Body {
  const { name, description, parameters } = tool ?? { name: undefined };
  if (typeof name !== 'string' || name === '')
    throw errors.validation([{ field: `tools.${index}`, message: 'must be a tool with a name' }]);
  return {
    type: 'function',
    function: {
      name,
      ...(typeof description === 'string' && description !== '' ? { description } : {}),
      ...(isObject(parameters) ? { parameters } : {}),
    },
  };
}

/**
 * What a client wants the model to be told first.
 * @param param the client's name for it
 */
export function systemOption(texts: readonly string[], param = 'system'): readonly AskedOption[] {
  const system = texts.filter((text) => text !== '').map((content) => ({ role: 'system', content }));
  return system.length === 0 ? [] : [{ param, option: 'system', isBinding: false, passes: { system } }];
}
