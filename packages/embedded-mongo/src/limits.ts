/** MongoDB's limit for one document. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** MongoDB's limit for one message, of a command or a reply. */
export const MAX_MESSAGE_BYTES = 48_000_000;
/** MongoDB's limit for the writes of one command. */
export const MAX_WRITE_BATCH = 100_000;
/** MongoDB's limit on nesting, which also bounds the recursion of whoever reads. */
export const MAX_DEPTH = 180;
