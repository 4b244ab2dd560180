import { errors } from '../../../platform/errors/errors.js';
import type { BroughtEntry } from '../../client-input/client-input.service.js';
import { readFile, type AskedFile } from '../../client-input/asked-file.js';
import { questionFrom } from '../client-ids.js';
import {
  isObject,
  noStoredFiles,
  readParts,
  textOf,
  unknownPart,
  type ContentPart,
  type MessageContent,
} from '../content-parts.js';
import { MAX_QUESTION_CHARACTERS } from '../predict/predict.dto.js';

/** A message or input item of either API; only what we read of it. */
export type InputMessage = Readonly<Record<string, unknown>>;

/** What a conversation asks: its last message, and what came before. */
export interface AskedInput {
  readonly question: string;
  readonly history: readonly BroughtEntry[];
  readonly uploads: readonly AskedFile[];
}

/**
 * Reads a conversation. System and developer messages are the chatflow's own business and are left out, and so are tool
 * messages: the tools of a chatflow run on the server.
 * @param field what the client calls the list
 * @throws AppError `validation_failed` when the last message is not a user's or is blank
 */
export function readConversation(messages: readonly InputMessage[], field: string): AskedInput {
  const at = `${field}.${messages.length - 1}`;
  const last = messages.at(-1);
  if (last?.role !== 'user') {
    throw errors.validation([
      { field: `${at}.role`, message: 'must be user: the last message is the question' },
    ]);
  }
  const { text, uploads } = readContent(last.content, `${at}.content`);
  if (text.length > MAX_QUESTION_CHARACTERS) {
    const message = `must not be longer than ${MAX_QUESTION_CHARACTERS} characters`;
    throw errors.validation([{ field: `${at}.content`, message }]);
  }
  return {
    question: questionFrom(text, `${at}.content`),
    uploads,
    history: messages.slice(0, -1).flatMap((message, index) => toEntry(message, `${field}.${index}.content`)),
  };
}

function toEntry({ role, content }: InputMessage, field: string): BroughtEntry[] {
  if (role !== 'user' && role !== 'assistant') return [];
  const { text, uploads } = readContent(content, field);
  if (text === '' && uploads.length === 0) return [];
  return [{ role, content: text, ...(uploads.length === 0 ? {} : { uploads }) }];
}

function readContent(content: unknown, field: string): MessageContent {
  if (typeof content === 'string') return { text: content, uploads: [] };
  if (content === null || content === undefined) return { text: '', uploads: [] };
  if (!Array.isArray(content)) {
    throw errors.validation([{ field, message: 'must be a text or a list of parts' }]);
  }
  return readParts(content, field, readPart);
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
