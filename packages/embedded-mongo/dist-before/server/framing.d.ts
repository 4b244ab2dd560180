import type { Document } from '../bson/values.js';
/** Who has to be answered, and how. */
export interface Asker {
    readonly requestId: number;
    readonly kind: 'query' | 'message';
}
/** One request as it came over the wire. */
export interface Request extends Asker {
    readonly body: Document;
    /** Documents that came beside the body, by field name. */
    readonly sequences: ReadonlyMap<string, readonly Buffer[]>;
    /** Unacknowledged requests get no reply. */
    readonly wantsReply: boolean;
    /** The database of an OP_QUERY, which names it in its collection. */
    readonly database?: string;
}
/** The bytes do not follow the protocol: the connection is closed, for nothing after them can be trusted. */
export declare class ProtocolError extends Error {
}
/** Cuts a byte stream into messages. */
export declare class MessageSplitter {
    private pending;
    private size;
    /** Takes what arrived and returns the messages that are complete. @throws ProtocolError for an impossible length */
    push(chunk: Buffer): Buffer[];
    private nextLength;
    private joined;
}
/** @throws ProtocolError, or CommandError when a document inside is not well-formed */
export declare function parseRequest(message: Buffer): Request;
export declare const requestIdOf: (message: Buffer) => number;
/** The bytes of a reply. */
export declare function encodeReply({ kind, requestId }: Asker, reply: Document): Buffer;
/** The bytes of an OP_MSG with this document as its body, and lists of documents beside it. */
export declare function encodeMessage(id: number, responseTo: number, body: Uint8Array, beside?: ReadonlyMap<string, readonly Uint8Array[]>): Buffer;
/** The body of a reply that `encodeMessage` made. @throws ProtocolError for any other message */
export declare function replyBody(message: Buffer): {
    readonly responseTo: number;
    readonly body: Buffer;
};
