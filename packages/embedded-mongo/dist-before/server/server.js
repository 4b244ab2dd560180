import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { errorReply } from '../commands/run.js';
import { CommandError } from '../errors.js';
import { MessageSplitter, encodeReply, parseRequest, requestIdOf } from './framing.js';
/** Socket addresses hold 108 bytes on Linux and 104 on macOS. */
const MAX_SOCKET_PATH_BYTES = 100;
const SOCKET_NAME = 'db.sock';
/**
 * Listens on a unix socket in the directory, which only this user may open; where that cannot be, on a free loopback port.
 * @param directory of this process alone: a socket that is there was left behind
 */
export async function listen(executor, directory) {
    const sockets = new Set();
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
            const closed = new Promise((done) => server.close(() => done()));
            for (const socket of sockets)
                socket.destroy();
            await closed;
        },
    };
}
async function onSocket(server, path) {
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES)
        return undefined;
    rmSync(path, { force: true });
    if (!(await hasListened(server, { path })))
        return undefined;
    chmodSync(path, 0o600);
    return { path };
}
async function onPort(server) {
    if (!(await hasListened(server, { host: '127.0.0.1', port: 0 })))
        throw new Error('The embedded database found no socket to listen on');
    return { host: '127.0.0.1', port: server.address().port };
}
function hasListened(server, where) {
    server.listen(where);
    return once(server, 'listening').then(() => true, () => false);
}
function serve(socket, executor) {
    const splitter = new MessageSplitter();
    socket.setNoDelay(true);
    // A client that goes away is no failure of ours.
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
        try {
            for (const message of splitter.push(chunk))
                receive(socket, message, executor);
        }
        catch {
            // What follows a malformed message cannot be told apart from its rest.
            socket.destroy();
        }
    });
}
function receive(socket, message, executor) {
    let request;
    try {
        request = parseRequest(message);
    }
    catch (error) {
        if (!(error instanceof CommandError))
            throw error;
        socket.write(encodeReply({ requestId: requestIdOf(message), kind: 'message' }, errorReply(error)));
        return;
    }
    executor.submit({
        request,
        answer: (reply) => {
            if (request.wantsReply && socket.writable)
                socket.write(encodeReply(request, reply));
        },
    });
}
//# sourceMappingURL=server.js.map