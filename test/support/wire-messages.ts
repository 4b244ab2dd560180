import { mongo } from 'mongoose';

/** A document of BSON in the driver's words. */
export type WireDocument = Record<string, unknown>;

const HEADER_BYTES = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
/** Behind the header: no flags, and a section of kind 0. */
const MESSAGE_PREFIX_BYTES = 5;
/** Behind the header: flags, a cursor, from where, how many. */
const REPLY_PREFIX_BYTES = 20;

/** The command that a client's message asks for: the first field of its document. @throws Error for what drivers do not send */
export function commandNameOf(message: Buffer): string {
  const body = requestBodyOf(message);
  const name = body + 5;
  return message.toString('utf8', name, message.indexOf(0, name));
}

/** The document of a client's message, without what is beside it. */
export function requestOf(message: Buffer): WireDocument {
  const body = requestBodyOf(message);
  return mongo.BSON.deserialize(message.subarray(body, body + message.readInt32LE(body)));
}

/** The document of a server's message, and what is before it. */
export function documentOf(message: Buffer): { readonly head: Buffer; readonly document: WireDocument } {
  const opcode = message.readInt32LE(12);
  if (opcode !== OP_MSG && opcode !== OP_REPLY) throw new Error(`A server sends no opcode ${opcode}`);
  const start = HEADER_BYTES + (opcode === OP_MSG ? MESSAGE_PREFIX_BYTES : REPLY_PREFIX_BYTES);
  const end = start + message.readInt32LE(start);
  return {
    head: message.subarray(0, start),
    document: mongo.BSON.deserialize(message.subarray(start, end), { promoteValues: false }),
  };
}

/** The bytes of a reply to a client's message. */
export function replyTo(request: Buffer, document: WireDocument): Buffer {
  const head = Buffer.alloc(HEADER_BYTES + MESSAGE_PREFIX_BYTES);
  head.writeInt32LE(request.readInt32LE(4), 8);
  head.writeInt32LE(OP_MSG, 12);
  const reply = Buffer.concat([head, mongo.BSON.serialize(document)]);
  reply.writeInt32LE(reply.length, 0);
  return reply;
}

/** Where the document begins; drivers put it before everything beside it. */
function requestBodyOf(message: Buffer): number {
  const opcode = message.readInt32LE(12);
  if (opcode === OP_MSG && message[HEADER_BYTES + 4] === 0) return HEADER_BYTES + MESSAGE_PREFIX_BYTES;
  // Flags, the collection's name, how many to skip and to return.
  if (opcode === OP_QUERY) return message.indexOf(0, HEADER_BYTES + 4) + 9;
  throw new Error(`A client sends no opcode ${opcode} like this`);
}
