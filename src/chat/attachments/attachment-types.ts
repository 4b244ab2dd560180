import { fileTypeFromBuffer } from 'file-type';
import { canonicalMimeType } from '../client-input/file-types.js';

/** The first bytes of a file, by which its type is known. */
export const SNIFFED_BYTES = 4100;

const UNKNOWN_TYPE = 'application/octet-stream';

/** Images of pixels: nothing in them is carried out. */
const RASTER_IMAGES = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
]);

/** Whether a browser may show it where it is opened: nothing that it would carry out, as HTML and SVG are. */
export function isShownInline(type: string): boolean {
  return RASTER_IMAGES.has(type) || type === 'application/pdf' || type === 'text/plain';
}

/** Whether the bytes have to be what the type says: what is shown, and what programs take on trust. */
function isChecked(type: string): boolean {
  return isShownInline(type) || type.startsWith('image/');
}

export type JudgedType =
  | { readonly kind: 'known'; readonly type: string }
  /** The bytes are something else than was said. */
  | { readonly kind: 'contradicted'; readonly seen: string };

/**
 * The type of a file by what is said of it and by its first bytes.
 * @param said may say nothing
 */
export async function judgeType(said: string | undefined, head: Buffer): Promise<JudgedType> {
  const declared = canonicalMimeType(said);
  const seen = await typeOfBytes(head);
  if (declared === undefined) return { kind: 'known', type: seen ?? UNKNOWN_TYPE };
  if (declared === seen || (!isChecked(declared) && (seen === undefined || !isChecked(seen))))
    return { kind: 'known', type: declared };
  // SVG is XML to those who look at bytes.
  if (
    declared === 'image/svg+xml' &&
    (seen === undefined || seen === 'application/xml' || seen === 'text/plain')
  )
    return { kind: 'known', type: declared };
  // Every kind of text is text: Markdown, CSV, source code.
  if (!isChecked(declared) && seen === 'text/plain') return { kind: 'known', type: declared };
  return { kind: 'contradicted', seen: seen ?? UNKNOWN_TYPE };
}

async function typeOfBytes(head: Buffer): Promise<string | undefined> {
  const known = await fileTypeFromBuffer(head);
  if (known !== undefined) return canonicalMimeType(known.mime) ?? known.mime;
  return isText(head) ? 'text/plain' : undefined;
}

/** UTF-8 without control characters but those of texts; the last character may be cut. */
function isText(head: Buffer): boolean {
  if (head.length === 0) return true;
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(head.toString('latin1'))) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}
