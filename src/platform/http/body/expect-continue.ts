import type { IncomingMessage, Server, ServerResponse } from 'node:http';

const awaiting = new WeakSet<IncomingMessage>();

/** Clients that ask before they send (`Expect: 100-continue`) are told to go on when their body is read, and not before it is known that it will be. */
export function answerExpectationsLate(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    awaiting.add(request);
    server.emit('request', request, response);
  });
}

/** Tells the client of a request to send its body, if it waits for that. */
export function continueIfAwaited(request: IncomingMessage, response: ServerResponse): void {
  if (awaiting.delete(request)) response.writeContinue();
}
