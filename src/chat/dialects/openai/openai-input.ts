import { errors } from '../../../platform/errors/errors.js';
import type { ClientToolCall } from '../../../upstream/chat-provider.port.js';
import type { BroughtEntry, BroughtToolResults } from '../../client-input/client-input.service.js';
import type { AskedOption } from '../../client-input/options.policy.js';
import { readFile, type AskedFile } from '../../client-input/asked-file.js';
import { questionFrom } from '../client-ids.js';
import {
  noStoredFiles,
  readParts,
  textOf,
  unknownPart,
  type ContentPart,
  type MessageContent,
} from '../content-parts.js';
import { isObject } from '../../../platform/json/json-object.js';
import { MAX_QUESTION_CHARACTERS } from '../predict/predict.dto.js';
import { goOnWith } from '../tool-results.js';

/** A message or input item of either API; only what we read of it. */
export type InputMessage = Readonly<Record<string, unknown>>;

/** What a conversation asks: its last message, and what came before. */
export interface AskedConversation {
  readonly question: string;
  readonly history: readonly BroughtEntry[];
  readonly uploads: readonly AskedFile[];
  /** There when it goes on with what came of the client's tools; the question then repeats that. */
  readonly toolResults?: BroughtToolResults;
  readonly options: readonly AskedOption[];
}

/** Reads a piece of a message in the words of one format. */
type PartReader = (part: InputMessage, field: string) => ContentPart | undefined;

/**
 * Reads a conversation whose last message is the user's, or what came of the client's own tools.
 * @param messages as Chat Completions has them
 * @param read for formats whose messages have parts of their own
 * @throws AppError `validation_failed` naming what is wrong or not understood
 */
export function readConversation(
  messages: readonly InputMessage[],
  field: string,
  read: PartReader = readPart,
): AskedConversation {
  const fieldOf = (index: number) => `${field}.${index}`;
  const lastTold = messages.findLastIndex(({ role }) => role !== 'tool');
  const told = (until: number) => readHistory(messages.slice(0, until), fieldOf, read);
  if (lastTold < messages.length - 1) {
    const results = messages.slice(lastTold + 1).map((message, index) => {
      const { toolCallId = '', content } = readToolMessage(message, fieldOf(lastTold + 1 + index), read);
      return { toolCallId, content };
    });
    const asked = goOnWith(results, `${fieldOf(messages.length - 1)}.role`);
    return { ...asked, uploads: [], ...told(lastTold + 1) };
  }
  const last = messages.at(-1);
  const at = fieldOf(messages.length - 1);
  if (last?.role !== 'user') {
    throw errors.validation([
      { field: `${at}.role`, message: 'must be user: the last message is the question' },
    ]);
  }
  const { text, uploads } = readContent(last.content, `${at}.content`, read);
  if (text.length > MAX_QUESTION_CHARACTERS) {
    const message = `must not be longer than ${MAX_QUESTION_CHARACTERS} characters`;
    throw errors.validation([{ field: `${at}.content`, message }]);
  }
  return { question: questionFrom(text, `${at}.content`), uploads, ...told(messages.length - 1) };
}

/** What the model is told first is not part of the conversation: it may be the chatflow's business alone. */
function readHistory(
  messages: readonly InputMessage[],
  fieldOf: (index: number) => string,
  read: PartReader,
): Pick<AskedConversation, 'history' | 'options'> {
  const system: { readonly role: string; readonly content: string }[] = [];
  const history: BroughtEntry[] = [];
  messages.forEach((message, index) => {
    const at = fieldOf(index);
    if (message.role === 'system' || message.role === 'developer') {
      system.push({ role: 'system', content: readContent(message.content, `${at}.content`, read).text });
    } else {
      addEntry(history, toEntry(message, at, read));
    }
  });
  const asked = { param: 'system', option: 'system', isBinding: false, passes: { system } } as const;
  return { history, options: system.length === 0 ? [] : [asked] };
}

/** Calls that stand by themselves belong to the message before them, if that is the model's. */
function addEntry(history: BroughtEntry[], entry: BroughtEntry | undefined): void {
  if (entry === undefined) return;
  const before = history.at(-1);
  const { toolCalls } = entry;
  if (toolCalls === undefined || entry.content !== '' || before?.role !== 'assistant') {
    history.push(entry);
  } else {
    history[history.length - 1] = { ...before, toolCalls: [...(before.toolCalls ?? []), ...toolCalls] };
  }
}

function toEntry(message: InputMessage, at: string, read: PartReader): BroughtEntry | undefined {
  const { role, content } = message;
  if (role === 'tool') return readToolMessage(message, at, read);
  if (role !== 'user' && role !== 'assistant')
    throw errors.validation([{ field: `${at}.role`, message: 'is not supported' }]);
  const { text, uploads } = readContent(content, `${at}.content`, read);
  const toolCalls = role === 'assistant' ? readToolCalls(message.tool_calls, `${at}.tool_calls`) : [];
  if (text === '' && uploads.length === 0 && toolCalls.length === 0) return undefined;
  return {
    role,
    content: text,
    ...(uploads.length === 0 ? {} : { uploads }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}

function readToolMessage(
  { tool_call_id, content }: InputMessage,
  at: string,
  read: PartReader,
): BroughtEntry {
  const toolCallId = textOf(tool_call_id, `${at}.tool_call_id`);
  return { role: 'tool', content: readContent(content, `${at}.content`, read).text, toolCallId };
}

function readToolCalls(calls: unknown, field: string): readonly ClientToolCall[] {
  if (!Array.isArray(calls)) return [];
  return calls.map((call: unknown, index) => {
    const at = `${field}.${index}`;
    const called = isObject(call) && isObject(call.function) ? call.function : {};
    const id = textOf(isObject(call) ? call.id : undefined, `${at}.id`);
    const name = textOf(called.name, `${at}.function.name`);
    return { id, name, arguments: textOf(called.arguments, `${at}.function.arguments`) };
  });
}

function readContent(content: unknown, field: string, read: PartReader): MessageContent {
  if (typeof content === 'string') return { text: content, uploads: [] };
  if (content === null || content === undefined) return { text: '', uploads: [] };
  if (!Array.isArray(content)) {
    throw errors.validation([{ field, message: 'must be a text or a list of parts' }]);
  }
  return readParts(content, field, read);
}

/** Both APIs name the same things differently: `text`/`input_text`/`output_text`, `image_url`/`input_image`, `file`/`input_file`. */
function readPart(part: InputMessage, field: string): ContentPart {
  switch (part.type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return textOf(part.text, `${field}.text`);
    case 'refusal':
      return textOf(part.refusal, `${field}.refusal`);
    case 'image_url':
    case 'input_image': {
      if (part.file_id !== undefined && part.file_id !== null) throw noStoredFiles(`${field}.file_id`);
      const data = isObject(part.image_url) ? part.image_url.url : part.image_url;
      return readFile({ data, medium: 'image' }, `${field}.image_url`);
    }
    case 'file':
      return readFilePart(isObject(part.file) ? part.file : {}, `${field}.file`);
    case 'input_file':
      return readFilePart(part, field);
    case 'input_audio':
      return readAudio(isObject(part.input_audio) ? part.input_audio : {}, `${field}.input_audio`);
    default:
      throw unknownPart(part, field);
  }
}

function readFilePart({ file_data, file_url, file_id, filename }: InputMessage, field: string): ContentPart {
  if (typeof file_url === 'string') return readFile({ data: file_url, name: filename }, `${field}.file_url`);
  if (typeof file_data !== 'string' && file_id !== undefined) throw noStoredFiles(`${field}.file_id`);
  // Some clients send the base64 alone; the name says what it is.
  const isBare = typeof file_data === 'string' && !/^[a-z][a-z0-9+.-]*:/i.test(file_data);
  const data = isBare ? `data:application/octet-stream;base64,${file_data}` : file_data;
  return readFile({ data, name: filename }, `${field}.file_data`);
}

function readAudio({ data, format }: InputMessage, field: string): ContentPart {
  const mime = `audio/${typeof format === 'string' ? format : ''}`;
  const inline = typeof data === 'string' ? `data:${mime};base64,${data}` : data;
  return readFile({ data: inline, mime, medium: 'audio' }, `${field}.data`);
}
