// Slow readers, in a process of its own: each takes a fixed number of bytes a second from its socket and no more.
import { connect } from 'node:net';

const sockets = new Set();
const counts = { lost: 0 };

function open({ url, path, token, bytesPerSecond }) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let timer;
    sockets.add(socket);
    socket.once('error', reject);
    socket.once('close', () => {
      clearInterval(timer);
      if (sockets.delete(socket)) counts.lost++;
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    socket.once('readable', () => {
      resolve();
      if (bytesPerSecond === 0) {
        socket.resume();
        return;
      }
      timer = setInterval(() => {
        socket.read(Math.min(bytesPerSecond, socket.readableLength));
      }, 1000);
      // Spread, so that the readers do not all wake at once.
      setTimeout(() => timer.refresh(), Math.random() * 1000);
    });
  });
}

const JOBS = {
  /** `bytesPerSecond` 0: reads everything at once, as an idle stream's reader does. */
  async open({ readers, ...reader }) {
    for (let opened = 0; opened < readers; opened += 50) {
      await Promise.all(Array.from({ length: Math.min(50, readers - opened) }, () => open(reader)));
    }
    return { open: sockets.size };
  },
  /** How many are connected and how many were dropped by the server since the last `close`. */
  async look() {
    return { open: sockets.size, lost: counts.lost };
  },
  async close() {
    const all = [...sockets];
    sockets.clear();
    counts.lost = 0;
    for (const socket of all) socket.destroy();
    return {};
  },
};

process.on('message', ({ job, ...options }) => {
  JOBS[job](options).then(
    (result) => process.send({ result }),
    (error) => process.send({ error: String(error?.stack ?? error) }),
  );
});
process.stdout.write('READY client\n');
process.on('SIGTERM', () => process.exit(0));
