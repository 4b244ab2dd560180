import { rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { errorReply } from '../commands/run.js';
import { CommandError } from '../errors.js';
import type { Executor } from './executor.js';
import { MessageSplitter, ProtocolError, encodeReply, parseRequest, type Request } from './framing.js';
import { makeSocketDirectory, removeDeadSocketDirectories, SOCKET_NAME } from './socket-directory.js';

/** Socket addresses hold 108 bytes on Linux and 104 on macOS. */
const MAX_SOCKET_PATH_BYTES = 100;

export type ServerAddress = { readonly path: string } | { readonly host: string; readonly port: number };

export interface WireServer {
  /** A connection string for drivers, without a database name. */
  readonly uri: string;
  /** The same for `net.connect`. */
  readonly address: ServerAddress;
  /** Stops listening and ends all connections. */
  close(): Promise<void>;
}

/** Listens on a unix socket in a directory only this user may enter; where that cannot be, on a free loopback port. */
export async function listen(executor: Executor): Promise<WireServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, executor);
  });
  await removeDeadSocketDirectories(Date.now());
  const directory = makeSocketDirectory();
  const path = directory && join(directory, SOCKET_NAME);
  const local =
    path && Buffer.byteLength(path) < MAX_SOCKET_PATH_BYTES ? await onSocket(server, path) : undefined;
  const address = local ?? (await onPort(server));
  return {
    uri: uriOf(address),
    address,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}

function uriOf(address: ServerAddress): string {
  return 'path' in address
    ? `mongodb://${encodeURIComponent(address.path)}/`
    : `mongodb://${address.host}:${address.port}/`;
}

async function onSocket(server: Server, path: string): Promise<ServerAddress | undefined> {
  return (await tryListen(server, () => server.listen(path))) ? { path } : undefined;
}

async function onPort(server: Server): Promise<ServerAddress> {
  if (!(await tryListen(server, () => server.listen(0, '127.0.0.1'))))
    throw new Error('The embedded database found no socket to listen on');
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

function tryListen(server: Server, start: () => void): Promise<boolean> {
  return new Promise((resolve) => {
    const failed = (): void => resolve(false);
    server.once('error', failed);
    server.once('listening', () => {
      server.off('error', failed);
      resolve(true);
    });
    start();
  });
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
    if (error instanceof ProtocolError || !(error instanceof CommandError)) throw error;
    socket.write(encodeReply(unparsed(message), errorReply(error)));
    return;
  }
  executor.submit({
    request,
    answer: (reply) => {
      if (request.wantsReply && socket.writable) socket.write(encodeReply(request, reply));
    },
  });
}

/** Enough of a request whose documents could not be read to answer it. */
function unparsed(message: Buffer): Request {
  return {
    requestId: message.readInt32LE(4),
    kind: 'message',
    body: new Map(),
    sequences: new Map(),
    wantsReply: true,
    database: undefined,
  };
}
