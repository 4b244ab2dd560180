import { errors } from '../../../platform/errors/errors.js';
import type { Upload } from '../../../upstream/chat-provider.port.js';
import { questionFrom } from '../client-ids.js';
import { isObject, joinContent, uploadFrom } from '../content-parts.js';
import { MAX_QUESTION_CHARACTERS } from '../predict/predict.dto.js';
import type { ChatRequestDto } from './ai-sdk.dto.js';

export interface AskedMessage {
  readonly question: string;
  readonly uploads: readonly Upload[];
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

/** Parts of kinds that are not a user's, like those of tools, are left out. */
function readMessage(message: Record<string, unknown>, field: string) {
  // Version 4 of the AI SDK had the text in `content`.
  if (!Array.isArray(message.parts)) {
    return joinContent(typeof message.content === 'string' ? [message.content] : [], field);
  }
  const parts = message.parts.flatMap((part: unknown, index): (string | Upload)[] => {
    if (!isObject(part)) return [];
    if (part.type === 'text' && typeof part.text === 'string') return [part.text];
    if (part.type !== 'file') return [];
    const { url, filename, mediaType } = part;
    const name = typeof filename === 'string' ? filename : undefined;
    const mime = typeof mediaType === 'string' ? mediaType : undefined;
    return [uploadFrom(typeof url === 'string' ? url : '', `${field}.parts.${index}.url`, name, mime)];
  });
  return joinContent(parts, field);
}
