import { documentOf, int32, type Document } from '../bson/values.js';
import { MAX_DOCUMENT_BYTES, MAX_MESSAGE_BYTES, MAX_WRITE_BATCH } from '../limits.js';
import { reads, type Command } from './context.js';

/** The MongoDB release whose behaviour the subset follows. */
const VERSION = '8.0.0';
/** Wire version of that release, the highest current drivers ask for. */
const MAX_WIRE_VERSION = 25;
/** Without it drivers send no session id, and explicit sessions fail in the client. */
const SESSION_TIMEOUT_MINUTES = 30;

/** The answer to a greeting. No topologyVersion: the client then polls instead of waiting on a stream. */
function helloReply(): Document {
  return documentOf({
    helloOk: true,
    ismaster: true,
    isWritablePrimary: true,
    maxBsonObjectSize: int32(MAX_DOCUMENT_BYTES),
    maxMessageSizeBytes: int32(MAX_MESSAGE_BYTES),
    maxWriteBatchSize: int32(MAX_WRITE_BATCH),
    logicalSessionTimeoutMinutes: int32(SESSION_TIMEOUT_MINUTES),
    minWireVersion: int32(0),
    maxWireVersion: int32(MAX_WIRE_VERSION),
  });
}

/** A greeting describes the client and asks for no work. */
const hello = reads(['helloOk', 'client', 'compression', 'backpressure'], helloReply);

/** Shells ask for it before anything else; by its modules whoever is connected knows that what they delete can be taken out of its log. */
const buildInfo = reads([], () =>
  documentOf({
    version: VERSION,
    versionArray: [...VERSION.split('.').map((part) => int32(Number(part))), int32(0)],
    modules: ['embedded'],
  }),
);

/** Sessions carry nothing here: there are no transactions and cursors are not bound to them. */
const nothing = reads([], () => new Map());

/** MongoDB brings everything to its files by it; here the executor also has what nothing needs overwritten, and answers behind that. */
const fsync = reads([], () => documentOf({ numFiles: int32(1) }));

export const statusCommands: Record<string, Command> = {
  fsync,
  hello,
  ismaster: hello,
  ping: nothing,
  buildInfo,
  endSessions: nothing,
};
