import { errors } from '../../../platform/errors/errors.js';
import type { AskedOption } from '../../client-input/options.policy.js';
import { readFile } from '../../client-input/asked-file.js';
import { questionFrom } from '../client-ids.js';
import { readClientTools, systemOption, type ClientTool } from '../client-tools.js';
import {
  noStoredFiles,
  readParts,
  textOf,
  unknownPart,
  type ContentPart,
  type MessageContent,
} from '../content-parts.js';
import { isObject } from '../../../platform/json/json-object.js';
import { readConversation, type AskedConversation } from '../openai/openai-input.js';
import { MAX_QUESTION_CHARACTERS } from '../predict/predict.dto.js';
import type { AgUiRunDto } from './ag-ui.dto.js';

type Message = Readonly<Record<string, unknown>>;

/** What a run asks. Its history is there only when it goes on with what came of tools; otherwise the session knows it. */
export type AskedRun = Omit<AskedConversation, 'history'> & Partial<Pick<AskedConversation, 'history'>>;

/**
 * What a run asks: its last message, or what came of the tools that stand behind the last one of the model.
 * @throws AppError `validation_failed` naming what is wrong or not understood
 */
export function readRun(body: AgUiRunDto): AskedRun {
  const { messages } = body;
  const wishes = readWishes(body);
  if (messages.at(-1)?.role === 'tool') {
    const { options, ...asked } = readConversation(messages.map(toCompletionMessage), 'messages', readPart);
    return { ...asked, options: [...wishes, ...options] };
  }
  const { text: question, uploads } = readQuestion(messages);
  const told = messages.filter(({ role }) => role === 'system' || role === 'developer');
  const system = told.map(({ content }) => asText(content) ?? '');
  return { question, uploads, options: [...wishes, ...systemOption(system)] };
}

/** The same in the words of Chat Completions. Thoughts and activities are not part of what a model is told. */
function toCompletionMessage(message: Message): Message {
  const { role, content, toolCalls, toolCallId, error } = message;
  switch (role) {
    case 'assistant':
      return { role, content: content ?? '', tool_calls: toolCalls };
    case 'tool':
      return { role, content: content === '' ? (error ?? '') : content, tool_call_id: toolCallId };
    case 'reasoning':
    case 'activity':
      return { role: 'assistant', content: '' };
    default:
      return message;
  }
}

/**
 * The question of a run: its last message.
 * @throws AppError `validation_failed` when that is not the user's, is blank or too long
 */
export function readQuestion(messages: readonly Message[]): MessageContent {
  const field = `messages.${messages.length - 1}`;
  const asked = messages.at(-1);
  if (asked?.role !== 'user') {
    throw errors.validation([{ field, message: 'must be the user’s message: it is the question' }]);
  }
  const { text, uploads } = readContent(asked.content, `${field}.content`);
  if (text.length > MAX_QUESTION_CHARACTERS) {
    const message = `must not be longer than ${MAX_QUESTION_CHARACTERS} characters`;
    throw errors.validation([{ field: `${field}.content`, message }]);
  }
  return { text: questionFrom(text, `${field}.content`), uploads };
}

/** What an agent's client wants besides an answer. */
function readWishes({ tools, context, state, forwardedProps, resume }: AgUiRunDto): readonly AskedOption[] {
  const named = (members: Readonly<Record<string, unknown>>, isBinding: boolean) =>
    Object.entries(members).flatMap(([param, value]) => (isThere(value) ? [{ param, isBinding }] : []));
  return [
    ...readClientTools(
      (tools ?? []).map((tool) => (isObject(tool) ? (tool as unknown as ClientTool) : undefined)),
    ),
    // Nothing here interrupts a run, so there is nothing that could be resumed.
    ...named({ resume }, true),
    ...named({ context, state, forwardedProps }, false),
  ];
}

function isThere(value: unknown): boolean {
  if (typeof value !== 'object') return value !== undefined;
  return value !== null && Object.keys(value).length > 0;
}

function readContent(content: unknown, field: string): MessageContent {
  if (typeof content === 'string') return { text: content, uploads: [] };
  return Array.isArray(content) ? readParts(content, field, readPart) : { text: '', uploads: [] };
}

const MEDIA = ['image', 'audio', 'video'] as const;

/** Version 1 has one part per medium with a `source`; before it there was `binary`. */
function readPart(part: Readonly<Record<string, unknown>>, field: string): ContentPart {
  const { type } = part;
  if (type === 'text') return textOf(part.text, `${field}.text`);
  const medium = MEDIA.find((name) => name === type);
  if (medium === undefined && type !== 'binary' && type !== 'document') throw unknownPart(part, field);
  const source = isObject(part.source) ? part.source : part;
  const inline = asText(source.data) ?? (source.type === 'data' ? asText(source.value) : undefined);
  const address = asText(source.url) ?? (source.type === 'url' ? asText(source.value) : undefined);
  if (inline === undefined && address === undefined && source.id !== undefined) throw noStoredFiles(field);
  const mime = asText(source.mimeType);
  const data = inline === undefined ? address : asDataUrl(inline, mime);
  const metadata = isObject(part.metadata) ? part.metadata : {};
  const name = part.filename ?? source.filename ?? metadata.filename;
  return readFile({ data, name, mime, ...(medium === undefined ? {} : { medium }) }, field);
}

/** Some clients send the whole data URL where the base64 alone belongs. */
function asDataUrl(inline: string, mime = ''): string {
  return /^data:/i.test(inline) ? inline : `data:${mime};base64,${inline}`;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
