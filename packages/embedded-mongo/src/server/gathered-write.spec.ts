import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { setImmediate as nextRound } from 'node:timers/promises';
import { destroyGathered, writeGathered } from './gathered-write.js';

describe('writeGathered', () => {
  let writes: string[];
  let socket: Socket;
  const write = (text: string) => writeGathered(socket, Buffer.from(text), setImmediate);

  beforeEach(() => {
    writes = [];
    const writable = new Writable({
      write: (chunk, _, done) => {
        writes.push(String(chunk));
        done();
      },
      writev: (chunks, done) => {
        writes.push(chunks.map(({ chunk }) => String(chunk)).join());
        done();
      },
    });
    socket = writable as unknown as Socket;
  });

  it('makes one write of what is written before the loop comes round, and another of what is behind', async () => {
    write('a');
    await Promise.resolve();
    write('b');
    process.nextTick(() => write('c'));
    expect(writes).toEqual([]);
    await nextRound();
    expect(writes).toEqual(['a,b,c']);
    write('d');
    await nextRound();
    expect(writes).toEqual(['a,b,c', 'd']);
  });

  it('keeps nothing back from a socket that is let go of', async () => {
    write('a');
    write('b');
    destroyGathered(socket);
    expect(writes).toEqual(['a,b']);
    await nextRound();
    expect(writes).toEqual(['a,b']);
  });

  it('bears a socket that is lost meanwhile', async () => {
    write('a');
    socket.destroy();
    await nextRound();
    expect(writes).toEqual([]);
  });
});
