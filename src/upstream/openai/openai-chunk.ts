import { isObject, isPresent, type JsonObject } from '../../platform/json/json-object.js';
import { tellsOfFailure } from '../http/told-failure.js';
import { isContent } from './openai-content.js';
import { toFinishReason } from './finish-reasons.js';

/** The parts of a chat completion that are read, of a stream's chunk (`delta`) or of a whole answer (`message`). */
export interface OpenAiChunk {
  readonly id?: unknown;
  readonly model?: unknown;
  readonly choices?: readonly JsonObject[] | null;
  readonly usage?: unknown;
}

/** Members of a chunk without choices that say nothing of an answer; beside token counts anything may stand. */
const HARMLESS_MEMBERS: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'system_fingerprint',
  'service_tier',
  'provider',
  'obfuscation',
  'prompt_filter_results',
  'prompt_annotations',
  'x_groq',
  'citations',
  'search_results',
  'timings',
]);

/** Members of a delta that are read, or that may stand alone in it because they say nothing of the answer. */
const KNOWN_PARTS: ReadonlySet<string> = new Set([
  'role',
  'content',
  'refusal',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'tool_calls',
  'name',
  'annotations',
  'citations',
  'provider_specific_fields',
  'extra_content',
  'obfuscation',
  'padding',
]);

/**
 * Whether a value is a piece of a chat completion, all of it understood: choices whose deltas are of known shapes, no choices, or the tokens
 * used; and nothing in it tells of a failure.
 */
export function isOpenAiChunk(value: unknown): value is OpenAiChunk {
  if (!isObject(value) || tellsOfFailure(value)) return false;
  const { choices, usage } = value;
  if (Array.isArray(choices) && choices.length > 0) return choices.every(isChoice);
  if (isPresent(choices) && !Array.isArray(choices)) return false;
  if (isPresent(usage)) return isObject(usage) && Object.values(value).every(isInnocent);
  return Array.isArray(choices) && Object.entries(value).every(isHarmless);
}

function isHarmless([name, member]: readonly [string, unknown]): boolean {
  return (HARMLESS_MEMBERS.has(name) || isEmpty(member)) && isInnocent(member);
}

/** Some servers put an error into a member of their own. */
function isInnocent(member: unknown): boolean {
  return !isObject(member) || !isPresent(member.error);
}

function isChoice(choice: unknown): choice is JsonObject {
  if (!isObject(choice) || tellsOfFailure(choice)) return false;
  const { finish_reason: reason } = choice;
  const isFinal = isPresent(reason) && reason !== '';
  if (isFinal && (typeof reason !== 'string' || toFinishReason(reason) === undefined)) return false;
  const part = choice.delta ?? choice.message;
  return isPresent(part) ? isObject(part) && isPart(part) : isFinal;
}

function isPart(part: JsonObject): boolean {
  if (tellsOfFailure(part)) return false;
  const { content, refusal, reasoning, reasoning_content: thought, reasoning_details: details } = part;
  if (!isContent(content) || !isText(refusal) || !isText(reasoning) || !isText(thought)) return false;
  if (isPresent(details) && !Array.isArray(details)) return false;
  if (isPresent(part.tool_calls) && !(Array.isArray(part.tool_calls) && part.tool_calls.every(isToolPiece)))
    return false;
  const says = [content, refusal, reasoning, thought, details, part.tool_calls].some(
    (member) => !isEmpty(member),
  );
  return says || Object.entries(part).every(([name, member]) => KNOWN_PARTS.has(name) || isEmpty(member));
}

function isToolPiece(piece: unknown): boolean {
  if (!isObject(piece) || !isObject(piece.function)) return false;
  const { name, arguments: json } = piece.function;
  return isText(name) && (isText(json) || isObject(json));
}

function isText(value: unknown): boolean {
  return !isPresent(value) || typeof value === 'string';
}

function isEmpty(value: unknown): boolean {
  if (!isPresent(value) || value === '') return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
