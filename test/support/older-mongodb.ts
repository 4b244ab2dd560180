import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { mongo } from 'mongoose';
import { MessageSplitter } from '../../packages/embedded-mongo/src/server/framing.js';
import { commandNameOf, documentOf, replyTo, requestOf, type WireDocument } from './wire-messages.js';

/** What a release of MongoDB before `bulkWrite` says of itself and of that command. */
interface Release {
  readonly version: string;
  readonly maxWireVersion: number;
  readonly refusal: WireDocument;
}

/**
 * MongoDB 7.0 has a draft of the command behind a flag and parses it first (the refusal as it was seen: mongodb/mongo-rust-driver, pull request 1117); 6.0 does
 * not know it. The driver asks both: it leaves the version to the server.
 */
export const OLDER_RELEASES = {
  '7': {
    version: '7.0.28',
    maxWireVersion: 21,
    refusal: {
      ok: 0,
      errmsg: "BSON field 'bulkWrite.errorsOnly' is an unknown field.",
      code: 40415,
      codeName: 'Location40415',
    },
  },
  '6': {
    version: '6.0.27',
    maxWireVersion: 17,
    refusal: { ok: 0, errmsg: "no such command: 'bulkWrite'", code: 59, codeName: 'CommandNotFound' },
  },
} as const satisfies Readonly<Record<string, Release>>;

export type OlderRelease = keyof typeof OLDER_RELEASES;

/** A way to a database on which it answers as an older MongoDB. */
export interface OlderMongodb {
  /** Without the name of a database. */
  readonly uri: string;
  /** Commands `bulkWrite` that were refused. */
  readonly refused: number;
  /** Commands that wrote since `takeWrites` was last called, as `command collection`. */
  readonly written: readonly string[];
  /** From now on takes so many commands that write, and fails the others: for the database whoever makes them is gone. */
  takeWrites(count: number): void;
  /** Leaves the database behind it as it is. */
  close(): Promise<void>;
}

const WRITES = ['insert', 'update', 'delete', 'findAndModify'];
/** Of the answer to a write that is not taken: the driver neither repeats it nor doubts its server. */
export const CUT_CODE = 8;
const CUT: WireDocument = { ok: 0, errmsg: 'no more writes', code: CUT_CODE, codeName: 'UnknownError' };
const GREETINGS = ['hello', 'ismaster', 'isMaster'];
const VERSIONED = [...GREETINGS, 'buildInfo', 'buildinfo'];

/** @param target the URI of an embedded database, which is more than an older MongoDB in nothing else that the product uses */
export async function startOlderMongodb(target: string, name: OlderRelease): Promise<OlderMongodb> {
  const release: Release = OLDER_RELEASES[name];
  const sockets = new Set<Socket>();
  let refused = 0;
  let left = Infinity;
  let written: string[] = [];
  const server = createServer((client) => {
    const database = connectTo(target);
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        database.destroy();
      });
    }
    const versioned = new Set<number>();
    const [requests, replies] = [new MessageSplitter(), new MessageSplitter()];
    client.on('data', (chunk: Buffer) => {
      for (const message of requests.push(chunk)) {
        const command = commandNameOf(message);
        if (command === 'bulkWrite') {
          refused += 1;
          client.write(replyTo(message, release.refusal));
          continue;
        }
        if (WRITES.includes(command)) {
          if (--left < 0) {
            client.write(replyTo(message, CUT));
            continue;
          }
          written.push(`${command} ${String(requestOf(message)[command])}`);
        }
        if (VERSIONED.includes(command)) versioned.add(message.readInt32LE(4));
        database.write(message);
      }
    });
    database.on('data', (chunk: Buffer) => {
      for (const message of replies.push(chunk))
        client.write(versioned.delete(message.readInt32LE(8)) ? aged(message, release) : message);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    uri: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get refused() {
      return refused;
    },
    get written() {
      return written;
    },
    takeWrites: (count) => {
      left = count;
      written = [];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function connectTo(uri: string): Socket {
  const address = decodeURIComponent(uri.replace(/^mongodb:\/\//, '').replace(/\/$/, ''));
  const [host, port] = address.split(':');
  return port === undefined ? connect(address) : connect(Number(port), host);
}

/** The same answer of an older server. */
function aged(message: Buffer, { version, maxWireVersion }: Release): Buffer {
  const { head, document } = documentOf(message);
  if ('maxWireVersion' in document) document.maxWireVersion = new mongo.Int32(maxWireVersion);
  if ('version' in document) document.version = version;
  if ('versionArray' in document)
    document.versionArray = [...version.split('.'), '0'].map((part) => new mongo.Int32(part));
  const bytes = Buffer.concat([head, mongo.BSON.serialize(document)]);
  bytes.writeInt32LE(bytes.length, 0);
  return bytes;
}
