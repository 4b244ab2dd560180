import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Controller, Module, Res, Sse, UseInterceptors, type MessageEvent } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Response } from 'express';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Observable } from 'rxjs';
import { BYPASSES, type Bypass } from '../../contract/bypass.js';
import { setBypassesOff } from '../../platform/http/bypasses.js';
import type { FrameSink } from '../turn/log/subscription.js';
import { directSse } from './direct-sse.js';

let follow: (sink: FrameSink) => () => void;

@Controller()
class StreamController {
  @Sse('stream')
  stream(@Res({ passthrough: true }) response: Response): Observable<MessageEvent> {
    return directSse(response, (sink) => follow(sink));
  }

  @Sse('intercepted')
  @UseInterceptors({ intercept: (_context, next) => next.handle() })
  intercepted(@Res({ passthrough: true }) response: Response): Observable<MessageEvent> {
    return directSse(response, (sink) => follow(sink));
  }
}

@Module({ controllers: [StreamController] })
class StreamModule {}

describe.each<[string, readonly Bypass[]]>([
  ['', []],
  [', frames through the response', ['frames-to-socket']],
  [', headers by Nest', ['early-headers']],
  [', without any bypass', BYPASSES],
])('directSse%s', (_, off) => {
  let app: NestExpressApplication;
  let clients: Socket[];

  beforeAll(async () => {
    app = await NestFactory.create<NestExpressApplication>(StreamModule, {
      logger: false,
      forceCloseConnections: true,
    });
    setBypassesOff(app, off);
    await app.listen(0, '127.0.0.1');
  });
  beforeEach(() => (clients = []));
  afterEach(() => clients.forEach((client) => client.destroy()));
  afterAll(() => app.close());

  const ask = (method = 'GET', path = '/stream'): Socket => {
    const { port } = app.getHttpServer().address() as AddressInfo;
    const client = connect(port, '127.0.0.1').setEncoding('latin1');
    clients.push(client);
    client.write(`${method} ${path} HTTP/1.1\r\nHost: test\r\n\r\n`);
    return client;
  };
  const firstRead = async (client: Socket): Promise<string> => String((await once(client, 'data'))[0]);
  const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);

  it('sends what is there at once, together with the headers where these may be early', async () => {
    follow = (sink) => {
      sink.write('data: 1\n\n');
      return () => undefined;
    };
    const client = ask();
    const reads = [await firstRead(client)];
    while (!reads.join('').includes('data: 1')) reads.push(await firstRead(client));
    const answer = reads.join('');
    expect(answer).toContain('Content-Type: text/event-stream; charset=utf-8\r\n');
    expect(bodyOf(answer)).toMatch(/^9\r\ndata: 1\n\n(\r\n)?$/);
    // The guard of the bypass: Nest still has what it takes.
    if (off.length === 0) expect(reads).toHaveLength(1);
  });

  it('sends the headers when there is nothing to send yet, and then the frames', async () => {
    const followed = new Promise<FrameSink>((resolve) => {
      follow = (sink) => {
        resolve(sink);
        return () => undefined;
      };
    });
    const client = ask();
    const answer = await firstRead(client);
    expect(answer).toContain('200 OK');
    expect(answer).not.toContain('data:');
    (await followed).write('data: 1\n\n');
    while (!(await firstRead(client)).includes('data: 1'));
  });

  it('stops once when the stream ends, also when it ends at once', async () => {
    let stopped = 0;
    follow = (sink) => {
      sink.write('data: 1\n\n');
      sink.end();
      return () => stopped++;
    };
    const client = ask();
    let answer = '';
    while (!answer.endsWith('0\r\n\r\n')) answer += await firstRead(client);
    expect(bodyOf(answer)).toBe('9\r\ndata: 1\n\n\r\n0\r\n\r\n');
    expect(stopped).toBe(1);
  });

  it('stops once when the client leaves', async () => {
    let stopped = 0;
    const left = new Promise<void>((resolve) => {
      follow = (sink) => {
        sink.write('data: 1\n\n');
        return () => {
          stopped++;
          resolve();
        };
      };
    });
    const client = ask();
    await firstRead(client);
    client.destroy();
    await left;
    expect(stopped).toBe(1);
  });

  it('answers a HEAD with headers only, and follows nothing for it', async () => {
    let followed = 0;
    follow = () => {
      followed++;
      return () => undefined;
    };
    const client = ask('HEAD');
    client.write('HEAD /stream HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n');
    let answers = '';
    for await (const text of client) answers += String(text);
    expect(answers.match(/200 OK/g)).toHaveLength(2);
    expect(answers).not.toContain('data:');
    expect(followed).toBe(0);
  });

  it('sends everything behind an interceptor too, for which Nest pipes before the handler runs', async () => {
    follow = (sink) => {
      sink.write('data: 1\n\n');
      sink.end();
      return () => undefined;
    };
    const client = ask('GET', '/intercepted');
    let answer = '';
    while (!answer.endsWith('0\r\n\r\n')) answer += await firstRead(client);
    expect(bodyOf(answer)).toBe('9\r\ndata: 1\n\n\r\n0\r\n\r\n');
  });
});
