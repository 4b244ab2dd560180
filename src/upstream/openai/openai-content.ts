import { asText, isObject, isPresent, type JsonObject } from '../../platform/json/json-object.js';

/** A piece of what a model has said. */
export interface SaidPart {
  readonly kind: 'text' | 'reasoning';
  readonly text: string;
}

/** Parts of a content list that hold nothing to read: Mistral's references to what was searched. */
const SILENT_PARTS: ReadonlySet<string> = new Set(['reference']);

/** Whether a content is understood: text, or a list of text, thoughts and refusals. Servers may change from one to the other in an answer. */
export function isContent(content: unknown): boolean {
  if (!isPresent(content) || typeof content === 'string') return true;
  return Array.isArray(content) && content.every((part: unknown) => readPart(part) !== undefined);
}

/** What a content says, in order; what is not understood is left out. */
export function readContent(content: unknown): readonly SaidPart[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  return Array.isArray(content) ? content.flatMap((part: unknown) => readPart(part) ?? []) : [];
}

/** The thoughts in `reasoning_details` (OpenRouter): texts and summaries; what is encrypted is for the server. */
export function readReasoningDetails(details: unknown): string {
  if (!Array.isArray(details)) return '';
  return details
    .map((detail: unknown) => (isObject(detail) ? (asText(detail.text) ?? asText(detail.summary) ?? '') : ''))
    .join('');
}

function readPart(part: unknown): readonly SaidPart[] | undefined {
  if (typeof part === 'string') return [{ kind: 'text', text: part }];
  if (!isObject(part)) return undefined;
  switch (part.type) {
    case 'text':
    case 'output_text':
      return said('text', part.text);
    case 'refusal':
      return said('text', part.refusal);
    case 'thinking':
    case 'reasoning':
      return thoughts(part);
    default:
      return SILENT_PARTS.has(String(part.type)) ? [] : undefined;
  }
}

/** `thinking` is a text, or a list of texts again. */
function thoughts(part: JsonObject): readonly SaidPart[] | undefined {
  const thinking = part.thinking ?? part.reasoning ?? part.text;
  if (!Array.isArray(thinking)) return said('reasoning', thinking);
  const parts = thinking.map((inner: unknown) => readPart(inner));
  if (parts.includes(undefined)) return undefined;
  return parts.flatMap((inner) => inner ?? []).map(({ text }) => ({ kind: 'reasoning', text }));
}

function said(kind: SaidPart['kind'], text: unknown): readonly SaidPart[] | undefined {
  return typeof text === 'string' ? [{ kind, text }] : undefined;
}
