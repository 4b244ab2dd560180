import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type ListenOptions, type Server, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { errorReply } from '../commands/run.js';
import { CommandError } from '../errors.js';
import type { Executor } from './executor.js';
import { MessageSplitter, encodeReply, parseRequest, requestIdOf, type Request } from './framing.js';
import { destroyGathered, writeGathered } from './gathered-write.js';

/** Socket addresses hold 108 bytes on Linux and 104 on macOS. */
const MAX_SOCKET_PATH_BYTES = 100;
const SOCKET_NAME = 'db.sock';

export type ServerAddress = { readonly path: string } | { readonly host: string; readonly port: number };

export interface WireServer {
  /** A connection string for drivers, without a database name. */
  readonly uri: string;
  /** The same for `net.connect`. */
  readonly address: ServerAddress;
  /** Stops listening and ends all connections. */
  close(): Promise<void>;
}

/**
 * Listens on a unix socket in the directory, which only this user may open; where that cannot be, on a free loopback port.
 * @param directory of this process alone: a socket that is there was left behind
 */
export async function listen(executor: Executor, directory: string): Promise<WireServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, executor);
  });
  const address = (await onSocket(server, resolve(directory, SOCKET_NAME))) ?? (await onPort(server));
  return {
    uri: `mongodb://${'path' in address ? encodeURIComponent(address.path) : `${address.host}:${address.port}`}/`,
    address,
    close: async () => {
      // A socket's file goes with it.
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of sockets) destroyGathered(socket);
      await closed;
    },
  };
}

async function onSocket(server: Server, path: string): Promise<ServerAddress | undefined> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) return undefined;
  rmSync(path, { force: true });
  if (!(await hasListened(server, { path }))) return undefined;
  chmodSync(path, 0o600);
  return { path };
}

async function onPort(server: Server): Promise<ServerAddress> {
  if (!(await hasListened(server, { host: '127.0.0.1', port: 0 })))
    throw new Error('The embedded database found no socket to listen on');
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

function hasListened(server: Server, where: ListenOptions): Promise<boolean> {
  server.listen(where);
  return once(server, 'listening').then(
    () => true,
    () => false,
  );
}

function serve(socket: Socket, executor: Executor): void {
  const splitter = new MessageSplitter();
  socket.setNoDelay(true);
  // A client that goes away is no failure of ours.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    try {
      for (const message of splitter.push(chunk)) receive(socket, message, executor);
    } catch {
      // What follows a malformed message cannot be told apart from its rest.
      socket.destroy();
    }
  });
}

function receive(socket: Socket, message: Buffer, executor: Executor): void {
  let request: Request;
  try {
    request = parseRequest(message);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    socket.write(encodeReply({ requestId: requestIdOf(message), kind: 'message' }, errorReply(error)));
    return;
  }
  executor.submit({
    request,
    answer: (reply) => {
      if (request.wantsReply && socket.writable)
        writeGathered(socket, encodeReply(request, reply), (callback) => process.nextTick(callback));
    },
  });
}
