import { DateValue, documentOf, int32, type Document } from '../bson/values.js';
import type { Command } from './context.js';

/** The MongoDB release whose behaviour the subset follows. */
const VERSION = '8.0.0';
/** Wire version of that release, the highest current drivers ask for. */
const MAX_WIRE_VERSION = 25;
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
const MAX_MESSAGE_BYTES = 48_000_000;
const MAX_WRITE_BATCH = 100_000;
/** Without it drivers send no session id, and explicit sessions fail in the client. */
const SESSION_TIMEOUT_MINUTES = 30;

/** The answer to `hello` and its older names. No topologyVersion: the client then polls instead of waiting on a stream. */
export function helloReply(): Document {
  return documentOf({
    helloOk: true,
    ismaster: true,
    isWritablePrimary: true,
    maxBsonObjectSize: int32(MAX_DOCUMENT_BYTES),
    maxMessageSizeBytes: int32(MAX_MESSAGE_BYTES),
    maxWriteBatchSize: int32(MAX_WRITE_BATCH),
    localTime: new DateValue(Date.now()),
    logicalSessionTimeoutMinutes: int32(SESSION_TIMEOUT_MINUTES),
    connectionId: int32(1),
    minWireVersion: int32(0),
    maxWireVersion: int32(MAX_WIRE_VERSION),
    readOnly: false,
  });
}

// A greeting describes the client; nothing in it asks for work, so its fields are not checked.
const hello: Command = { writes: false, run: helloReply };

const ping: Command = { writes: false, run: () => new Map() };

const buildInfo: Command = {
  writes: false,
  run: () =>
    documentOf({
      version: VERSION,
      versionArray: VERSION.split('.')
        .map((part) => int32(Number(part)))
        .concat(int32(0)),
      gitVersion: 'embedded',
      modules: ['embedded'],
      bits: int32(64),
      debug: false,
      maxBsonObjectSize: int32(MAX_DOCUMENT_BYTES),
      storageEngines: ['sqlite'],
    }),
};

const startedAt = Date.now();

const serverStatus: Command = {
  writes: false,
  run: (context) =>
    documentOf({
      host: 'embedded',
      version: VERSION,
      process: 'embedded',
      pid: BigInt(process.pid),
      uptime: Math.floor((Date.now() - startedAt) / 1000),
      localTime: new DateValue(Date.now()),
      metrics: documentOf({
        cursor: documentOf({ open: documentOf({ total: BigInt(context.cursors.size) }) }),
      }),
    }),
};

/** Sessions carry nothing here: there are no transactions and cursors are not bound to them. */
const endSessions: Command = { writes: false, run: () => new Map() };

export const statusCommands: Record<string, Command> = {
  hello,
  ismaster: hello,
  isMaster: hello,
  ping,
  buildInfo,
  buildinfo: buildInfo,
  serverStatus,
  endSessions,
};
