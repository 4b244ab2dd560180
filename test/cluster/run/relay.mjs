// `node relay.mjs <socket> <host>`: makes a server that listens on a socket of the file system reachable over TCP; prints the port. A process of its
// own, so that nothing else delays the database.
import { connect, createServer } from 'node:net';

const [, , path, host] = process.argv;
const server = createServer({ noDelay: true }, (client) => {
  const target = connect(path);
  for (const [socket, other] of [
    [client, target],
    [target, client],
  ]) {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => other.destroy());
    socket.pipe(other);
  }
});
server.listen(0, host, () => process.stdout.write(`${server.address().port}\n`));
