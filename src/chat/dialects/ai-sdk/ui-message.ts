import { errors } from '../../../platform/errors/errors.js';
import { readFile, type AskedFile } from '../../client-input/asked-file.js';
import { questionFrom } from '../client-ids.js';
import { readParts, textOf, unknownPart, type ContentPart, type MessageContent } from '../content-parts.js';
import { MAX_QUESTION_CHARACTERS } from '../predict/predict.dto.js';
import type { ChatRequestDto } from './ai-sdk.dto.js';

export interface AskedMessage {
  readonly question: string;
  readonly uploads: readonly AskedFile[];
}

/**
 * The question of a request: its last message, which is the user's also when an answer is to be made again, because
 * the client has taken the old answer off its list by then.
 * @throws AppError `validation_failed`
 */
export function readQuestion({ message, messages = [] }: ChatRequestDto): AskedMessage {
  const field = message === undefined ? `messages.${Math.max(messages.length - 1, 0)}` : 'message';
  const asked = message ?? messages.at(-1);
  if (asked?.role !== 'user') {
    throw errors.validation([{ field, message: 'must be the user’s message: it is the question' }]);
  }
  const { text, uploads } = readMessage(asked, field);
  if (text.length > MAX_QUESTION_CHARACTERS) {
    throw errors.validation([
      { field, message: `must not be longer than ${MAX_QUESTION_CHARACTERS} characters` },
    ]);
  }
  return { question: questionFrom(text, field), uploads };
}

/** A user's message. */
export function readMessage(message: Record<string, unknown>, field: string): MessageContent {
  if (Array.isArray(message.parts)) return readParts(message.parts, `${field}.parts`, readPart);
  // Version 4 of the AI SDK had the text in `content`, and files beside it.
  const { content, experimental_attachments: attachments } = message;
  const text = typeof content === 'string' ? content : '';
  if (!Array.isArray(attachments)) return { text, uploads: [] };
  const at = `${field}.experimental_attachments`;
  return { text, uploads: readParts(attachments, at, readAttachment).uploads };
}

/** Parts of kinds that no user's message has would say something that we don't understand. */
function readPart(part: Readonly<Record<string, unknown>>, field: string): ContentPart | undefined {
  switch (part.type) {
    case 'text':
      return textOf(part.text, `${field}.text`);
    case 'file':
      return readFile({ data: part.url, name: part.filename, mime: part.mediaType }, `${field}.url`);
    case 'step-start':
      return undefined;
    default:
      throw unknownPart(part, field);
  }
}

function readAttachment(
  { url, name, contentType }: Readonly<Record<string, unknown>>,
  field: string,
): ContentPart {
  return readFile({ data: url, name, mime: contentType }, `${field}.url`);
}
