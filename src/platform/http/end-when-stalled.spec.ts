import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { endWhenStalled } from './end-when-stalled.js';

describe('endWhenStalled', () => {
  it('breaks off what a client has stopped reading', async () => {
    const server = createServer((_, response) => {
      endWhenStalled(response, 50);
      // More than the kernel takes for a client that does not read.
      response.write(Buffer.alloc(64 * 1024 * 1024));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    try {
      client.pause().write('GET / HTTP/1.1\r\nhost: here\r\n\r\n');
      const [socket] = (await once(server, 'connection')) as [NodeJS.EventEmitter];
      await once(socket, 'close');
    } finally {
      client.destroy();
      server.close();
    }
  });
});
