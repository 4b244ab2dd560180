/** MongoDB's limit for one document. */
export declare const MAX_DOCUMENT_BYTES: number;
/** MongoDB's limit for one message, of a command or a reply. */
export declare const MAX_MESSAGE_BYTES = 48000000;
/** MongoDB's limit for the writes of one command. */
export declare const MAX_WRITE_BATCH = 100000;
