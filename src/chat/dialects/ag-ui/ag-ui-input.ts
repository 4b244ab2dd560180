import { errors } from '../../../platform/errors/errors.js';
import type { AskedOption } from '../../client-input/options.policy.js';
import { readFile } from '../../client-input/asked-file.js';
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

/**
 * The question of a run: its last message.
 * @throws AppError `validation_failed` when that is not the user's, is blank or too long
 */
export function readQuestion(messages: readonly Record<string, unknown>[]): MessageContent {
  const field = `messages.${messages.length - 1}`;
  const asked = messages.at(-1);
  if (asked?.role === 'tool') throw errors.unsupportedParameter(`${field}.role`);
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

/**
 * What an agent's client wants besides an answer. No chatflow can be asked for it in this format.
 */
export function readWishes({ tools, context, state }: Wishes): readonly AskedOption[] {
  const isThere = (value: unknown) =>
    typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  const harmless = Object.entries({ context, state }).flatMap(([name, value]) =>
    isThere(value) ? [name] : [],
  );
  return [
    ...(isThere(tools) ? [{ param: 'tools', isBinding: true }] : []),
    ...harmless.map((param) => ({ param, isBinding: false })),
  ];
}

interface Wishes {
  readonly tools?: unknown;
  readonly context?: unknown;
  readonly state?: unknown;
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
