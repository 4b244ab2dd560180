// Stands between the product and its database, passes every byte on, and counts the commands in what the product says.
import { connect, createServer } from 'node:net';

const HEADER_BYTES = 16;
const OP_MSG = 2013;
const OP_COMPRESSED = 2012;
const STRING = 0x02;

/**
 * @param upstreamUri of the database, on a local socket or at host:port
 * @returns a URI for the product, `take`, which gives the commands counted since it was last called by `name collection`, and `stop`
 */
export async function startCountingProxy(upstreamUri) {
  let counts = new Map();
  const count = (command) => counts.set(command, (counts.get(command) ?? 0) + 1);
  const sockets = new Set();
  const server = createServer((client) => {
    const database = connect(addressOf(upstreamUri));
    const take = frameReader((frame) => count(commandOf(frame)));
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', take);
    client.pipe(database);
    database.pipe(client);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    uri: `mongodb://127.0.0.1:${server.address().port}/`,
    take() {
      const taken = counts;
      counts = new Map();
      return taken;
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function addressOf(uri) {
  const host = decodeURIComponent(/^mongodb:\/\/([^/?]+)/.exec(uri)[1]);
  if (host.startsWith('/')) return { path: host };
  const [name, port = '27017'] = host.split(':');
  return { host: name, port: Number(port) };
}

/** Cuts what a client sends into whole messages: each starts with its length. */
function frameReader(onFrame) {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4) {
      const length = rest.readInt32LE(0);
      if (rest.length < length) return;
      onFrame(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}

/** The command's name and, where it names one, its collection: first element of the body of an OP_MSG. */
function commandOf(frame) {
  const code = frame.readInt32LE(12);
  if (code === OP_COMPRESSED) throw new Error('the database connection is compressed');
  if (code !== OP_MSG) return `opcode ${code}`;
  let at = HEADER_BYTES + 4;
  // Document sequences may stand before the body.
  while (frame[at] === 1) at += 1 + frame.readInt32LE(at + 1);
  at += 1 + 4;
  const type = frame[at];
  const nameEnd = frame.indexOf(0, at + 1);
  const name = frame.toString('latin1', at + 1, nameEnd);
  if (type !== STRING) return name;
  const length = frame.readInt32LE(nameEnd + 1);
  return `${name} ${frame.toString('utf8', nameEnd + 5, nameEnd + 4 + length)}`;
}
