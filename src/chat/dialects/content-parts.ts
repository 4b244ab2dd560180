import { errors } from '../../platform/errors/errors.js';
import type { Upload } from '../../upstream/chat-provider.port.js';

/** What a client's message says and brings along. */
export interface MessageContent {
  readonly text: string;
  readonly uploads: readonly Upload[];
}

const DATA_URL = /^data:([^;,]+)[;,]/;
const MAX_UPLOADS = 20;

/**
 * A file that a message refers to by its address, in the shape of an upload.
 * @param url a data URL, or an address for the upstream to fetch
 * @throws AppError `validation_failed` for anything else
 */
export function uploadFrom(url: string, field: string, name = 'file', mime?: string): Upload {
  const inline = DATA_URL.exec(url);
  if (inline !== null) return { type: 'file', name, data: url, mime: mime ?? inline[1] ?? '' };
  if (/^https?:\/\//.test(url)) return { type: 'url', name, data: url, mime: mime ?? '' };
  throw errors.validation([{ field, message: 'must be a data URL or an http(s) address' }]);
}

/** Puts the parts of one message together. @throws AppError `validation_failed` when they bring too many files */
export function joinContent(parts: readonly (string | Upload)[], field: string): MessageContent {
  const uploads = parts.filter((part): part is Upload => typeof part !== 'string');
  if (uploads.length > MAX_UPLOADS) {
    throw errors.validation([{ field, message: `must bring at most ${MAX_UPLOADS} files` }]);
  }
  return { text: parts.filter((part) => typeof part === 'string').join(''), uploads };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
