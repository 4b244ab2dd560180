import type { Socket } from 'node:net';

/**
 * Writes along with what else is written to the socket before `schedule` calls back: as one system call, which costs more than its bytes do.
 * @param schedule of the end of what is gathered: `process.nextTick`, or `setImmediate` for what several events give
 */
export function writeGathered(socket: Socket, bytes: Buffer, schedule: (callback: () => void) => void): void {
  if (socket.writableCorked === 0) {
    socket.cork();
    schedule(() => socket.uncork());
  }
  socket.write(bytes);
}

/** Lets go of the socket; what has been gathered is written before. */
export function destroyGathered(socket: Socket): void {
  socket.uncork();
  socket.destroy();
}
