// Slow readers, in a process of its own: each takes a fixed number of bytes a second from its socket and no more.
import { connect } from 'node:net';
import { serveJobs } from './lib/jobs.mjs';
import { withReceiveBuffers } from './lib/own-network.mjs';

const OPENED_AT_ONCE = 50;
const sockets = new Set();
const counts = { lost: 0 };

function request({ url, path, token }) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  return socket;
}

/** @param reader.bytesPerSecond Infinity is sent as null: reads everything at once; 0: reads nothing but the beginning */
function open({ bytesPerSecond, ...reader }) {
  return new Promise((resolve, reject) => {
    const socket = request(reader);
    let timer;
    sockets.add(socket);
    socket.once('error', reject);
    socket.once('close', () => {
      clearInterval(timer);
      if (sockets.delete(socket)) counts.lost++;
    });
    socket.once('readable', () => {
      resolve();
      if (bytesPerSecond === null) {
        socket.resume();
        return;
      }
      if (bytesPerSecond === 0) return;
      timer = setInterval(() => {
        socket.read(Math.min(bytesPerSecond, socket.readableLength));
      }, 1000);
      // Spread, so that the readers do not all wake at once.
      setTimeout(() => timer.refresh(), Math.random() * 1000);
    });
  });
}

const JOBS = {
  /** @param receiveBuffer how much the kernel takes for a reader; unset: as much as it likes */
  async open({ readers, receiveBuffer, ...reader }) {
    await withReceiveBuffers(receiveBuffer, async () => {
      for (let opened = 0; opened < readers; opened += OPENED_AT_ONCE) {
        const batch = Math.min(OPENED_AT_ONCE, readers - opened);
        await Promise.all(Array.from({ length: batch }, () => open(reader)));
      }
    });
    return { open: sockets.size };
  },
  /** How many bytes a reader has got when it has seen `last`. */
  measure: ({ last, ...reader }) =>
    new Promise((resolve, reject) => {
      const socket = request(reader).once('error', reject);
      let tail = '';
      socket.setEncoding('latin1').on('data', (chunk) => {
        tail = (tail + chunk).slice(-chunk.length - last.length);
        if (!tail.includes(last)) return;
        resolve({ bytes: socket.bytesRead });
        socket.destroy();
      });
    }),
  /** Who is connected, with the bytes taken from the kernel; and how many the server has dropped since the last `close`. */
  async look() {
    const readers = [...sockets].map(({ localPort, bytesRead }) => ({ port: localPort, bytesRead }));
    return { readers, lost: counts.lost };
  },
  async close() {
    const all = [...sockets];
    sockets.clear();
    counts.lost = 0;
    for (const socket of all) socket.destroy();
    return {};
  },
};

serveJobs(JOBS);
