import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import mongoose from 'mongoose';

/** What is used of the driver's connection (mongodb 7, `lib/cmap/connection.js`). */
interface DriverConnection {
  readonly socket: Socket;
  writeCommand: (this: DriverConnection, command: unknown, options: unknown) => Promise<void>;
}

const ENDS = Symbol('writes end with their socket');

/**
 * Makes the driver's writes fail when their socket has closed. A socket that was reset is destroyed some moments before it says that it is closed; of a command
 * that is written in between the driver waits for `drain`, which never comes: the operation has no end, and its connection stays taken. Idempotent.
 */
export function endWritesWithTheirSocket(): void {
  const { prototype } = driverConnection();
  if (ENDS in prototype.writeCommand) return;
  const { writeCommand } = prototype;
  const ending = function (this: DriverConnection, command: unknown, options: unknown): Promise<void> {
    return endedWith(this.socket, writeCommand.call(this, command, options));
  };
  prototype.writeCommand = Object.assign(ending, { [ENDS]: true });
}

/** mongoose's driver, whichever one else is installed. */
function driverConnection(): { readonly prototype: DriverConnection } {
  const require = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  return (require('mongodb/lib/cmap/connection') as { Connection: { prototype: DriverConnection } })
    .Connection;
}

function endedWith(socket: Socket, written: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClosed = (): void => {
      reject(
        new mongoose.mongo.MongoNetworkError('The connection was closed before the command was written'),
      );
    };
    // The event may be over, or yet to come.
    if (socket.destroyed) onClosed();
    else socket.once('close', onClosed);
    // Also when nobody waits for it any more: a socket that was reset says so behind the write, which is then a rejection of its own.
    written.then(resolve, reject).finally(() => socket.off('close', onClosed));
  });
}
