import { errors } from '../../../platform/errors/errors.js';
import type { Upload } from '../../../upstream/chat-provider.port.js';
import { questionFrom } from '../client-ids.js';
import { isObject, joinContent, uploadFrom, type MessageContent } from '../content-parts.js';
import { MAX_QUESTION_CHARACTERS } from '../predict/predict.dto.js';

/**
 * The question of a run: its last message.
 * @throws AppError `validation_failed` when that is not the user's, is blank or too long
 */
export function readQuestion(messages: readonly Record<string, unknown>[]): MessageContent {
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

function readContent(content: unknown, field: string): MessageContent {
  if (typeof content === 'string') return { text: content, uploads: [] };
  if (!Array.isArray(content)) return { text: '', uploads: [] };
  return joinContent(
    content.flatMap((part: unknown, index) => readPart(part, `${field}.${index}`)),
    field,
  );
}

/** Version 1 has one part per medium with a `source`; before it there was `binary`. */
function readPart(part: unknown, field: string): (string | Upload)[] {
  if (!isObject(part)) return [];
  if (part.type === 'text') return typeof part.text === 'string' ? [part.text] : [];
  const source = isObject(part.source) ? part.source : part;
  const mime = asText(source.mimeType);
  const inline = asText(source.data) ?? (source.type === 'data' ? asText(source.value) : undefined);
  const address = asText(source.url) ?? (source.type === 'url' ? asText(source.value) : undefined);
  const url = inline === undefined ? (address ?? '') : `data:${mime ?? ''};base64,${inline}`;
  return [uploadFrom(url, field, asText(part.filename), mime)];
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
