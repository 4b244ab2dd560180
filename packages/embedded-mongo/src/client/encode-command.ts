import { serialize, type Document } from 'bson';
import { MAX_MESSAGE_BYTES } from '../limits.js';
import { encodeMessage } from '../server/framing.js';
import { encodePlain } from './encode-plain.js';

/**
 * How much bson writes at once: its buffer is one for the whole process, and whoever makes it larger makes it so for everybody. What does not fit
 * is a RangeError, or, when a text is what does not fit, cut off in silence at the buffer's end.
 */
const SERIALIZED_BYTES = 17 * 1024 * 1024;
/** Lists of documents that the protocol lets stand beside a command: so it may be larger than the largest document. */
const LISTS: readonly string[] = ['ops', 'documents', 'updates', 'deletes'];

/**
 * A command as a message.
 * @throws RangeError for one above 48 MB, or with a document above 17 MB
 */
export function encodeCommand(id: number, command: Document): Buffer {
  const body: Document = {};
  const beside = new Map<string, Uint8Array[]>();
  for (const [name, value] of Object.entries(command) as [string, unknown][]) {
    if (LISTS.includes(name) && Array.isArray(value)) beside.set(name, value.map(serialized));
    else body[name] = value;
  }
  const message = encodeMessage(id, 0, serialized(body), beside);
  if (message.length > MAX_MESSAGE_BYTES) throw outOfRange(message.length, MAX_MESSAGE_BYTES);
  return message;
}

function serialized(document: Document): Uint8Array {
  const plain = encodePlain(document);
  if (plain !== undefined) return plain;
  const bytes = serialize(document, { ignoreUndefined: true });
  if (bytes.length >= SERIALIZED_BYTES) throw outOfRange('more', SERIALIZED_BYTES);
  return bytes;
}

function outOfRange(bytes: number | string, allowed: number): RangeError {
  return new RangeError(`A command is out of range: ${bytes} bytes where ${allowed} are allowed`);
}
