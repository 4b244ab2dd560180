import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import express, { type Response } from 'express';
import type { Bypass } from '../../contract/bypass.js';
import { setBypassesOff } from '../../platform/http/bypasses.js';
import type { FrameSink } from '../turn/log/subscription.js';
import { ResponseSink } from './response-sink.js';

/** Characters of one, two, three and four bytes. */
const TEXTS = ['a', 'ä', '語', '🙂', 'x'.repeat(20_000), 'ü'.repeat(20_000)];

describe.each<[string, readonly Bypass[]]>([
  ['past the response', []],
  ['through the response', ['frames-to-socket']],
])('ResponseSink, %s', (_, off) => {
  let server: Server;
  let open: Response[];
  const sinks: FrameSink[] = [];
  const clients: Socket[] = [];

  beforeEach(async () => {
    open = [];
    const app = express();
    setBypassesOff({ set: (name, value) => app.set(String(name), value) as never }, off);
    app.get('/', (_request, response) => {
      response.set('Content-Type', 'text/event-stream');
      response.flushHeaders();
      open.push(response);
      sinks.push(new ResponseSink(response));
      server.emit('opened');
    });
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    sinks.length = 0;
    for (const client of clients.splice(0)) client.destroy();
    server.close();
    server.closeAllConnections();
  });

  const port = () => (server.address() as AddressInfo).port;
  async function get(): Promise<IncomingMessage> {
    const sent = request({ port: port(), host: '127.0.0.1', agent: false }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response.setEncoding('utf8');
  }
  async function read(response: AsyncIterable<unknown>): Promise<string> {
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return text;
  }
  function ask(requests: string): Socket {
    const socket = connect(port(), '127.0.0.1').setEncoding('latin1');
    clients.push(socket);
    socket.write(requests);
    return socket;
  }

  /** What the socket hands to the kernel from now on, by the methods of it that do. */
  function writesOf(socket: Socket | null | undefined): string[] {
    const writes: string[] = [];
    const methods = socket as unknown as Record<string, (...given: unknown[]) => unknown>;
    for (const name of ['_write', '_writev']) {
      const real = methods[name]?.bind(socket);
      methods[name] = (...given) => {
        writes.push(name);
        return real?.(...given);
      };
    }
    return writes;
  }

  it('sends exactly the frames, whatever they hold, and nothing for an empty one', async () => {
    const response = await get();
    for (const text of [...TEXTS, '']) sinks[0]?.write(text);
    sinks[0]?.write('last');
    sinks[0]?.end();
    expect(await read(response)).toBe(`${TEXTS.join('')}last`);
    expect(response.complete).toBe(true);
  });

  it('sends them bare to a client that knows no chunks', async () => {
    const opened = once(server, 'opened');
    const socket = ask('GET / HTTP/1.0\r\n\r\n');
    await opened;
    sinks[0]?.write('data: 1\n\n');
    sinks[0]?.end();
    const answer = await read(socket);
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe('data: 1\n\n');
  });

  it('keeps the frames of a pipelined request until it is its turn', async () => {
    const both = new Promise<void>((resolve) => {
      server.on('opened', () => open.length === 2 && resolve());
    });
    const socket = ask(
      'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    await both;
    sinks[1]?.write('second');
    sinks[0]?.write('first');
    sinks[1]?.end();
    sinks[0]?.end();
    const [first = '', second = ''] = (await read(socket)).split('0\r\n\r\n');
    expect(first).toContain('5\r\nfirst\r\n');
    expect(first).not.toContain('second');
    expect(second).toContain('6\r\nsecond\r\n');
  });

  it('sends no frame behind the headers that answer a HEAD', async () => {
    const opened = once(server, 'opened');
    const socket = ask('HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await opened;
    expect(sinks[0]?.write('data: 1\n\n')).toBe(true);
    sinks[0]?.end();
    expect(await read(socket)).toMatch(/\r\n\r\n$/);
  });

  it('says when the client wants no more, and when it does again', async () => {
    const response = await get();
    response.pause();
    const text = 'y'.repeat(64 * 1024);
    let written = 1;
    while (sinks[0]?.write(text) === true) written += 1;
    let drained = false;
    sinks[0]?.onDrain(() => {
      drained = true;
      sinks[0]?.end();
    });
    expect(drained).toBe(false);
    expect((await read(response)).length).toBe(written * text.length);
    expect(drained).toBe(true);
  });

  it('sends the last frames and the end as one write', async () => {
    const response = await get();
    const writes = writesOf(open[0]?.socket);
    sinks[0]?.write('first');
    sinks[0]?.write('last', true);
    sinks[0]?.end();
    expect(await read(response)).toBe('firstlast');
    if (off.length === 0) expect(writes).toEqual(['_write', '_writev']);
  });

  it('holds nothing back of last frames behind which the client wants no more', async () => {
    const response = await get();
    response.pause();
    const text = 'y'.repeat(64 * 1024);
    let written = 1;
    while (sinks[0]?.write(text, true) === true) written += 1;
    sinks[0]?.onDrain(() => sinks[0]?.end());
    expect((await read(response)).length).toBe(written * text.length);
  });

  it('bears a frame for a client that has left', async () => {
    const opened = once(server, 'opened');
    const socket = ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await opened;
    const closed = once(open[0]!, 'close');
    socket.destroy();
    await closed;
    expect(sinks[0]?.write('late')).toBe(false);
  });
});
