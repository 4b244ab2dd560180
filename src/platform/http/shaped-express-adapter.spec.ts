import { once } from 'node:events';
import { IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Controller, Module, Req, Sse } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { of, type Observable } from 'rxjs';
import type { Express } from 'express';
import { ShapedExpressAdapter } from './shaped-express-adapter.js';

let asked: IncomingMessage | undefined;

@Controller()
class StreamController {
  @Sse('stream')
  stream(@Req() request: IncomingMessage): Observable<string> {
    asked = request;
    return of('said');
  }
}

@Module({ controllers: [StreamController] })
class StreamModule {}

describe('ShapedExpressAdapter', () => {
  let adapter: ShapedExpressAdapter;
  let server: Server;

  beforeEach(async () => {
    adapter = new ShapedExpressAdapter();
    adapter.initHttpServer({});
    server = adapter.getHttpServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => adapter.close());

  const ask = async (): Promise<Socket> => {
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
    await once(client, 'data');
    return client;
  };

  it('gives express requests and responses that have its prototypes already', async () => {
    const { request: expressRequest, response: expressResponse } = adapter.getInstance<Express>();
    const before: unknown[] = [];
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      before.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response));
    });
    const after: unknown[] = [];
    adapter.use((request: IncomingMessage, response: ServerResponse) => {
      after.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response));
      response.end('done');
    });
    (await ask()).destroy();
    expect(before).toEqual([expressRequest, expressResponse]);
    expect(after).toEqual(before);
  });

  it('leaves it to express when it is switched off', async () => {
    const usual = new ShapedExpressAdapter(false);
    usual.initHttpServer({});
    const own = usual.getHttpServer() as Server;
    const before: unknown[] = [];
    own.prependListener('request', (request: IncomingMessage) => before.push(Object.getPrototypeOf(request)));
    usual.use((_request: IncomingMessage, response: ServerResponse) => response.end('done'));
    own.listen(0, '127.0.0.1');
    await once(own, 'listening');
    const client = connect((own.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
    expect(String((await once(client, 'data'))[0])).toContain('200 OK');
    expect(before).toEqual([IncomingMessage.prototype]);
    await usual.close();
  });

  it('keeps what express gives to requests and responses', async () => {
    const seen: unknown[] = [];
    adapter.use((request: IncomingMessage, response: ServerResponse) => {
      const { app, path } = request as unknown as { app: unknown; path: string };
      seen.push(app, path, request.socket.remoteAddress);
      (response as unknown as { json(body: unknown): void }).json({ done: true });
    });
    (await ask()).destroy();
    expect(seen).toEqual([adapter.getInstance(), '/', '127.0.0.1']);
  });

  it.each([
    ['no controller of its own', true, 0],
    ['one, when it is switched off', false, 1],
  ])('gives a request of @Sse() %s, and its stream ends', async (_, shaped, controllers) => {
    const app = await NestFactory.create(StreamModule, new ShapedExpressAdapter(shaped), { logger: false });
    await app.listen(0, '127.0.0.1');
    const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/stream`);
    expect(await answer.text()).toContain('data: said\n\n');
    const own = Object.getOwnPropertySymbols(asked).map(String);
    expect(own.filter((name) => name.includes('SSE_ABORT_CONTROLLER'))).toHaveLength(controllers);
    await app.close();
  });

  it('cuts open streams and idle connections when it closes', async () => {
    adapter.use((_request: IncomingMessage, response: ServerResponse) => {
      response.write('a stream that does not end');
    });
    const streaming = await ask();
    const { port } = server.address() as AddressInfo;
    const idle = connect(port, '127.0.0.1');
    await Promise.all([once(idle, 'connect'), once(server, 'connection')]);
    const cut = [once(streaming, 'close'), once(idle, 'close')];
    await adapter.close();
    await Promise.all(cut);
    expect(server.listening).toBe(false);
  });
});
