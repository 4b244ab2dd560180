import { decodeDocument } from '../bson/decode.js';
import { encodeDocument } from '../bson/encode.js';
import type { Document } from '../bson/values.js';
import { badValue } from '../errors.js';
import { MAX_MESSAGE_BYTES } from '../limits.js';

const HEADER_BYTES = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const MORE_TO_COME = 2;
/** The lower 16 flag bits must be understood; the others may be ignored. No driver's checksums (bit 0) are. */
const UNKNOWN_REQUIRED_FLAGS = 0xffff & ~MORE_TO_COME;

/** Who has to be answered, and how. */
export interface Asker {
  readonly requestId: number;
  readonly kind: 'query' | 'message';
}

/** One request as it came over the wire. */
export interface Request extends Asker {
  /** With the documents that came beside it, as the fields whose names they bear. */
  readonly body: Document;
  /** Unacknowledged requests get no reply. */
  readonly wantsReply: boolean;
}

/** The bytes do not follow the protocol: the connection is closed, for nothing after them can be trusted. */
export class ProtocolError extends Error {}

/** Cuts a byte stream into messages. */
export class MessageSplitter {
  private pending: Buffer[] = [];
  private size = 0;

  /** Takes what arrived and returns the messages that are complete. @throws ProtocolError for an impossible length */
  push(chunk: Buffer): Buffer[] {
    this.pending.push(chunk);
    this.size += chunk.length;
    const messages: Buffer[] = [];
    for (;;) {
      const length = this.nextLength();
      if (length === undefined || this.size < length) return messages;
      const all = this.joined();
      messages.push(all.subarray(0, length));
      this.pending = all.length > length ? [all.subarray(length)] : [];
      this.size -= length;
    }
  }

  private nextLength(): number | undefined {
    if (this.size < 4) return undefined;
    const [first] = this.pending;
    const length = (first && first.length >= 4 ? first : this.joined()).readInt32LE(0);
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES)
      throw new ProtocolError(`message length ${length}`);
    return length;
  }

  private joined(): Buffer {
    if (this.pending.length > 1) this.pending = [Buffer.concat(this.pending)];
    return this.pending[0] ?? Buffer.alloc(0);
  }
}

/** @throws ProtocolError, or CommandError when a document inside is not well-formed */
export function parseRequest(message: Buffer): Request {
  const opcode = message.readInt32LE(12);
  if (opcode === OP_QUERY) return parseQuery(message);
  if (opcode === OP_MSG) return parseMessage(message);
  throw new ProtocolError(`opcode ${opcode}`);
}

/** The greeting of a driver that does not know yet whom it meets. */
function parseQuery(message: Buffer): Request {
  const end = message.indexOf(0, HEADER_BYTES + 4);
  const namespace = message.toString('utf8', HEADER_BYTES + 4, end);
  if (end < 0 || !namespace.endsWith('.$cmd'))
    throw new ProtocolError('OP_QUERY for something else than a command');
  // It names its database in its collection.
  const body = decodeDocument(message, end + 9).set('$db', namespace.slice(0, -'.$cmd'.length));
  return { requestId: requestIdOf(message), kind: 'query', body, wantsReply: true };
}

function parseMessage(message: Buffer): Request {
  const flags = message.readUInt32LE(HEADER_BYTES);
  if ((flags & UNKNOWN_REQUIRED_FLAGS) !== 0) throw new ProtocolError(`flags ${flags}`);
  let body: Document | undefined;
  const beside: [string, Document[]][] = [];
  for (let position = HEADER_BYTES + 4; position < message.length;) {
    const kind = message[position++];
    const size = message.readInt32LE(position);
    if (size < 5 || position + size > message.length) throw new ProtocolError('section length');
    if (kind === 0 && !body) body = decodeDocument(message.subarray(position, position + size));
    else if (kind === 1) beside.push(parseSequence(message.subarray(position + 4, position + size)));
    else throw new ProtocolError(`section kind ${kind}`);
    position += size;
  }
  if (!body) throw new ProtocolError('no body section');
  for (const [name, documents] of beside) {
    if (body.has(name)) throw badValue(`The command has the field '${name}' twice`);
    body.set(name, documents);
  }
  const wantsReply = (flags & MORE_TO_COME) === 0;
  return { requestId: requestIdOf(message), kind: 'message', body, wantsReply };
}

export const requestIdOf = (message: Buffer): number => message.readInt32LE(4);

function parseSequence(section: Buffer): [string, Document[]] {
  const end = section.indexOf(0);
  if (end < 0) throw new ProtocolError('sequence name');
  const documents: Document[] = [];
  for (let position = end + 1; position < section.length;) {
    const size = position + 4 <= section.length ? section.readInt32LE(position) : 0;
    if (size < 5 || position + size > section.length) throw new ProtocolError('sequence document');
    documents.push(decodeDocument(section.subarray(position, position + size)));
    position += size;
  }
  return [section.toString('utf8', 0, end), documents];
}

let nextRequestId = 1;

/** The bytes of a reply. */
export function encodeReply({ kind, requestId }: Asker, reply: Document): Buffer {
  nextRequestId = (nextRequestId + 1) & 0x7fffffff;
  const body = encodeDocument(reply);
  if (kind === 'message') return encodeMessage(nextRequestId, requestId, body);
  return framed(nextRequestId, requestId, OP_REPLY, [QUERY_REPLY_PREFIX, body]);
}

/** The bytes of an OP_MSG with this document as its body, and lists of documents beside it. */
export function encodeMessage(
  id: number,
  responseTo: number,
  body: Uint8Array,
  beside: ReadonlyMap<string, readonly Uint8Array[]> = new Map(),
): Buffer {
  const sections = Array.from(beside, ([name, documents]) => sequence(name, documents));
  return framed(id, responseTo, OP_MSG, [MESSAGE_PREFIX, body, ...sections]);
}

/** A section of kind 1: its kind, its length, its name, documents. */
function sequence(name: string, documents: readonly Uint8Array[]): Buffer {
  const section = Buffer.concat([Buffer.from(`\x01\0\0\0\0${name}\0`), ...documents]);
  section.writeInt32LE(section.length - 1, 1);
  return section;
}

/** The body of a reply that `encodeMessage` made. @throws ProtocolError for any other message */
export function replyBody(message: Buffer): { readonly responseTo: number; readonly body: Buffer } {
  const body = HEADER_BYTES + MESSAGE_PREFIX.length;
  if (message.length < body || message.readInt32LE(12) !== OP_MSG) throw new ProtocolError('no reply');
  return { responseTo: message.readInt32LE(8), body: message.subarray(body) };
}

/** Flags (the server awaits data: 8), cursor 0, from 0, one document. */
const QUERY_REPLY_PREFIX = Buffer.from('0800000000000000000000000000000001000000', 'hex');
/** No flags, and a section of kind 0. */
const MESSAGE_PREFIX = Buffer.alloc(5);

function framed(id: number, responseTo: number, opcode: number, parts: readonly Uint8Array[]): Buffer {
  const message = Buffer.concat([Buffer.alloc(HEADER_BYTES), ...parts]);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(id, 4);
  message.writeInt32LE(responseTo, 8);
  message.writeInt32LE(opcode, 12);
  return message;
}
