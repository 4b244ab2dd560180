import type { ClientOption } from '../../../chatflows/chatflow.js';
import type { AskedOption } from '../../client-input/options.policy.js';
import { errors } from '../../../platform/errors/errors.js';
import { isObject } from '../../../platform/json/json-object.js';

type Body = Readonly<Record<string, unknown>>;
type Reader = (value: unknown, name: string, body: Body) => AskedOption | undefined;

const MAX_TOOLS = 128;

/** A wish that an answer can do without. */
const harmless =
  (option?: ClientOption): Reader =>
  (value, param) => ({ param, isBinding: false, passes: { [param]: value }, ...(option && { option }) });

/** One that it can't, unless it wishes for what comes anyway. */
const binding =
  (isDefault: (value: unknown) => boolean, option?: ClientOption): Reader =>
  (value, param) =>
    isDefault(value)
      ? undefined
      : { param, isBinding: true, passes: { [param]: value }, ...(option && { option }) };

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0;
const isNothing = () => false;

/** What a client's request may have besides its conversation. Whatever is not here is harmless, as far as anybody knows. */
const READERS: Readonly<Record<string, Reader>> = {
  tools: readTools,
  tool_choice: readToolChoice,
  parallel_tool_calls: harmless('tools'),
  functions: binding(isEmptyList),
  function_call: binding((value) => value === 'none' || value === 'auto'),
  response_format: binding((value) => isObject(value) && value.type === 'text', 'response_format'),
  // One answer is all that there is place for, in every other format and in a session.
  n: binding((value) => value === 1),
  modalities: binding((value) => Array.isArray(value) && value.every((medium) => medium === 'text')),
  audio: binding(isNothing),
  temperature: harmless('temperature'),
  top_p: harmless('top_p'),
  frequency_penalty: harmless('frequency_penalty'),
  presence_penalty: harmless('presence_penalty'),
  logit_bias: harmless('logit_bias'),
  reasoning_effort: harmless('reasoning_effort'),
  max_tokens: harmless('max_tokens'),
  max_completion_tokens: harmless('max_tokens'),
  stop: harmless('stop'),
  seed: harmless('seed'),
};
const OTHERWISE = harmless();
const CONVERSATION: ReadonlySet<string> = new Set(['model', 'messages', 'stream', 'stream_options']);

/**
 * The wishes in a body of Chat Completions.
 * @throws AppError `unsupported_parameter` for a kind of tool that no client can run
 */
export function readCompletionOptions(body: Body): AskedOption[] {
  return Object.entries(body).flatMap(([name, value]) => {
    if (CONVERSATION.has(name) || value === null || value === undefined) return [];
    const read = Object.hasOwn(READERS, name) ? READERS[name] : OTHERWISE;
    return read?.(value, name, body) ?? [];
  });
}

function readTools(tools: unknown): AskedOption | undefined {
  if (isEmptyList(tools)) return undefined;
  if (!Array.isArray(tools) || tools.length > MAX_TOOLS || !tools.every(isObject))
    throw errors.validation([{ field: 'tools', message: `must be a list of at most ${MAX_TOOLS} tools` }]);
  const strange = tools.findIndex(({ type }) => type !== 'function');
  if (strange >= 0) throw errors.unsupportedParameter(`tools.${strange}.type`);
  return { param: 'tools', option: 'tools', isBinding: true, passes: { tools } };
}

/** Whoever may bring tools may say that they need not be used, and that they may. */
function readToolChoice(choice: unknown, param: string, body: Body): AskedOption | undefined {
  const isPlain = choice === 'auto' || choice === 'none';
  const passes = { tool_choice: choice };
  if (!isPlain) return { param, option: 'tool_choice', isBinding: true, passes };
  const hasTools = body.tools !== undefined && body.tools !== null && !isEmptyList(body.tools);
  return hasTools ? { param, option: 'tools', isBinding: false, passes } : undefined;
}
