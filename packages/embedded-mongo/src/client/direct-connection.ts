import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { deserialize, type Document } from 'bson';
import { MessageSplitter, replyBody } from '../server/framing.js';
import { destroyGathered, writeGathered } from '../server/gathered-write.js';
import { encodeCommand } from './encode-command.js';

interface Waiting {
  readonly resolve: (reply: Document) => void;
  readonly reject: (error: Error) => void;
}

/** Nobody knows whether the commands that were under way have run. */
export class DatabaseConnectionLost extends Error {
  override readonly name = 'DatabaseConnectionLost';
}

/**
 * A connection to the embedded database for those commands of its own process that are too frequent for a driver's sessions, pools and
 * monitoring. Connects when it is first used, and again after it was lost.
 */
export class DirectConnection {
  private socket: Socket | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private closed = false;

  constructor(private readonly address: NetConnectOpts) {}

  /**
   * Commands run in the order in which they were given; members that are undefined are left out.
   * @param command its first member is the command's name; with `$db`
   * @returns the reply, whether `ok` or not
   * @throws Error when the connection is lost or closed: then nobody knows whether the command ran; RangeError for one above 48 MB, or with a document above 17 MB, which is not sent
   */
  run(command: Document): Promise<Document> {
    if (this.closed)
      return Promise.reject(new DatabaseConnectionLost('The connection to the embedded database is closed'));
    const id = (this.lastId = (this.lastId + 1) & 0x7fffffff);
    return new Promise((resolve, reject) => {
      const message = encodeCommand(id, command);
      this.waiting.set(id, { resolve, reject });
      writeGathered((this.socket ??= this.open()), message, setImmediate);
    });
  }

  close(): void {
    this.closed = true;
    if (this.socket) destroyGathered(this.socket);
  }

  private open(): Socket {
    const socket = connect(this.address).setNoDelay(true);
    const splitter = new MessageSplitter();
    let failure: Error | undefined;
    socket.on('data', (chunk) => {
      try {
        for (const message of splitter.push(chunk)) this.answer(message);
      } catch (error) {
        // What follows a malformed message cannot be told apart from its rest.
        socket.destroy(error as Error);
      }
    });
    socket.on('error', (error) => (failure = error));
    socket.on('close', () => {
      this.socket = undefined;
      const lost = [...this.waiting.values()];
      this.waiting.clear();
      const message = 'The connection to the embedded database was lost';
      for (const { reject } of lost) reject(new DatabaseConnectionLost(message, { cause: failure }));
    });
    return socket;
  }

  private answer(message: Buffer): void {
    const { responseTo, body } = replyBody(message);
    // Before the caller is taken off the list: it must be told of a reply that cannot be read.
    const reply = deserialize(body);
    this.waiting.get(responseTo)?.resolve(reply);
    this.waiting.delete(responseTo);
  }
}
