// What a user of NestJS would write instead: @Sse() with an Observable of objects, fetch, one event per token.
// Plain JavaScript, so the decorators are applied by hand.
import 'reflect-metadata';
import { Body, Controller, HttpCode, Module, RequestMethod, Sse } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Observable } from 'rxjs';

const UPSTREAM = process.env.UPSTREAM_URL;

class ChatController {
  stream(body) {
    return new Observable((subscriber) => {
      const abort = new AbortController();
      void this.forward(body.chatflow_id, subscriber, abort.signal).catch((error) => subscriber.error(error));
      return () => abort.abort();
    });
  }

  async forward(flow, subscriber, signal) {
    const answer = await fetch(`${UPSTREAM}/api/v1/prediction/${flow}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"streaming":true}',
      signal,
    });
    let buffer = '';
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (buffer + text).split('\n\n');
      buffer = blocks.pop();
      for (const block of blocks) {
        const line = block.split('\n').find((part) => part.startsWith('data:'));
        if (line !== undefined) subscriber.next({ data: JSON.parse(line.slice(5)) });
      }
    }
    subscriber.complete();
  }
}
const method = [
  ChatController.prototype,
  'stream',
  Object.getOwnPropertyDescriptor(ChatController.prototype, 'stream'),
];
Body()(ChatController.prototype, 'stream', 0);
Sse('stream', { method: RequestMethod.POST })(...method);
HttpCode(200)(...method);
Reflect.defineMetadata('design:paramtypes', [Object], ChatController.prototype, 'stream');
Controller()(ChatController);

class AppModule {}
Module({ controllers: [ChatController] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
process.stdout.write(`READY http://127.0.0.1:${app.getHttpServer().address().port}\n`);
process.on('SIGTERM', () => process.exit(0));
