import { connect, type Socket } from 'node:net';
import { deserialize, serialize, type Document } from 'bson';
import { MessageSplitter } from '../../src/server/framing.js';

const OP_MSG = 2013;

/** A client of one connection that speaks OP_MSG and nothing more: tests see the bytes a driver would hide. */
export class WireClient {
  private readonly splitter = new MessageSplitter();
  private readonly waiting = new Map<
    number,
    { resolve: (reply: Document) => void; reject: (error: Error) => void }
  >();
  private lastId = 0;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      for (const message of this.splitter.push(chunk)) this.receive(message);
    });
    const lost = (): void => {
      for (const { reject } of this.waiting.values()) reject(new Error('connection lost'));
      this.waiting.clear();
    };
    socket.on('error', lost);
    socket.on('close', lost);
  }

  /** Connects to the address of a `mongodb://` URI. */
  static async open(uri: string): Promise<WireClient> {
    const address = decodeURIComponent(uri.replace(/^mongodb:\/\//, '').replace(/\/$/, ''));
    const [host, port] = address.split(':');
    const socket = port === undefined ? connect(address) : connect(Number(port), host);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new WireClient(socket);
  }

  /** Sends a command and gives its whole reply. Rejects when the connection ends before. */
  command(database: string, body: Document): Promise<Document> {
    return this.ask(serialize({ ...body, $db: database }));
  }

  /** The same with the bytes of the body, and of what comes beside it. */
  ask(body: Uint8Array): Promise<Document> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) {
        reject(new Error('connection lost'));
        return;
      }
      this.waiting.set(id, { resolve, reject });
      this.socket.write(messageOf(id, body));
    });
  }

  /** Sends bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(message: Buffer): void {
    const request = message.readInt32LE(8);
    this.waiting.get(request)?.resolve(deserialize(message.subarray(21)));
    this.waiting.delete(request);
  }
}

/** The bytes of an OP_MSG with one body section. */
export function messageOf(id: number, body: Uint8Array, flags = 0): Buffer {
  const header = Buffer.alloc(21);
  header.writeInt32LE(21 + body.length, 0);
  header.writeInt32LE(id, 4);
  header.writeInt32LE(OP_MSG, 12);
  header.writeUInt32LE(flags, 16);
  return Buffer.concat([header, body]);
}
