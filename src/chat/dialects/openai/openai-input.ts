import { errors } from '../../../platform/errors/errors.js';
import type { HistoryEntry, Upload } from '../../../upstream/chat-provider.port.js';
import { questionFrom } from '../client-ids.js';
import { isObject, joinContent, uploadFrom, type MessageContent } from '../content-parts.js';
import { MAX_QUESTION_CHARACTERS } from '../predict/predict.dto.js';

/** A message or input item of either API; only what we read of it. */
export type InputMessage = Readonly<Record<string, unknown>>;

/** What a conversation asks: its last message, and what came before. */
export interface AskedInput {
  readonly question: string;
  readonly history: readonly HistoryEntry[];
  readonly uploads: readonly Upload[];
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

function toEntry({ role, content }: InputMessage, field: string): HistoryEntry[] {
  if (role !== 'user' && role !== 'assistant') return [];
  const { text } = readContent(content, field);
  return text === '' ? [] : [{ role, content: text }];
}

function readContent(content: unknown, field: string): MessageContent {
  if (typeof content === 'string') return { text: content, uploads: [] };
  if (content === null || content === undefined) return { text: '', uploads: [] };
  if (!Array.isArray(content)) {
    throw errors.validation([{ field, message: 'must be a text or a list of parts' }]);
  }
  const parts = content.flatMap((part: unknown, index) => readPart(part, `${field}.${index}`));
  return joinContent(parts, field);
}

/** Both APIs name the same things differently: `text`/`input_text`/`output_text`, `image_url`/`input_image`. */
function readPart(part: unknown, field: string): (string | Upload)[] {
  if (!isObject(part)) return [];
  switch (part.type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return typeof part.text === 'string' ? [part.text] : [];
    case 'image_url':
    case 'input_image': {
      const url = isObject(part.image_url) ? part.image_url.url : part.image_url;
      return [uploadFrom(typeof url === 'string' ? url : '', `${field}.image_url`, 'image')];
    }
    default:
      throw errors.validation([{ field: `${field}.type`, message: 'is not supported' }]);
  }
}
