import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Response } from 'express';
import type { FrameSink } from '../turn/log/subscription.js';
import { breakOff, plainSse } from './plain-sse.js';

describe('plainSse', () => {
  let server: Server;
  let handle: (response: Response) => Promise<void>;

  beforeEach(async () => {
    const app = express();
    app.get('/', (_request, response) => handle(response));
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });
  const get = async (): Promise<IncomingMessage> => {
    const { port } = server.address() as AddressInfo;
    const sent = request({ port, host: '127.0.0.1', agent: false }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response.setEncoding('utf8');
  };
  const read = async (response: IncomingMessage): Promise<string> => {
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return text;
  };

  it('sends its headers before there is anything to write, and then exactly the frames', async () => {
    let write: ((sink: FrameSink) => void) | undefined;
    const following = new Promise<FrameSink>((resolve) => (write = resolve));
    let stopped = 0;
    const over = new Promise<void>((resolve) => {
      handle = async (response) => {
        await plainSse(
          response,
          (sink) => {
            write?.(sink);
            return () => stopped++;
          },
          { headers: { 'x-more': 'yes' } },
        );
        resolve();
      };
    });
    const response = await get();
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-store, private, no-transform',
      'x-accel-buffering': 'no',
      'x-more': 'yes',
    });
    const sink = await following;
    sink.write('data: 1\n\n');
    sink.end();
    expect(await read(response)).toBe('data: 1\n\n');
    await over;
    expect(stopped).toBe(1);
  });

  it('stops once when the client leaves, and bears what is written afterwards', async () => {
    let stopped = 0;
    let left: FrameSink | undefined;
    const over = new Promise<void>((resolve) => {
      handle = async (response) => {
        await plainSse(response, (sink) => {
          left = sink;
          return () => stopped++;
        });
        resolve();
      };
    });
    (await get()).destroy();
    await over;
    expect(left?.write('late')).toBe(true);
    expect(stopped).toBe(1);
  });

  it('lets a reader come and go when the client has left before', async () => {
    const seen: string[] = [];
    const over = new Promise<void>((resolve) => {
      handle = async (response) => {
        response.destroy();
        await once(response, 'close');
        await plainSse(response, (sink) => {
          sink.write('x');
          sink.end();
          seen.push('came');
          return () => seen.push('went');
        });
        resolve();
      };
    });
    await expect(get()).rejects.toThrow('socket hang up');
    await over;
    expect(seen).toEqual(['came', 'went']);
  });

  it('can break off behind everything that was written', async () => {
    handle = (response) =>
      plainSse(
        response,
        (sink) => {
          sink.write('data: 1\n\n');
          sink.end();
          return () => undefined;
        },
        { end: breakOff },
      );
    const response = await get();
    let text = '';
    response.on('data', (chunk) => (text += String(chunk)));
    const [error] = (await once(response, 'error')) as [Error];
    expect(error.message).toBe('aborted');
    expect(text).toBe('data: 1\n\n');
  });
});
