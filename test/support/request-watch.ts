import type { IncomingMessage } from 'node:http';
import type { TestServer } from './test-server.js';

/** The requests that a server has got, as its clients sent them. */
export interface RequestWatch {
  /** Resolves when there have been this many with this path. */
  until(path: string, count: number): Promise<readonly IncomingMessage[]>;
  stop(): void;
}

/** Watches a server's requests from now on. */
export function watchRequests(server: TestServer): RequestWatch {
  const http = server.tollgate.app.getHttpServer();
  const seen: IncomingMessage[] = [];
  let arrived: (() => void)[] = [];
  const note = (request: IncomingMessage): void => {
    seen.push(request);
    for (const notify of arrived.splice(0)) notify();
  };
  http.on('request', note);
  return {
    async until(path, count) {
      for (;;) {
        const found = seen.filter(({ url }) => url === path);
        if (found.length >= count) return found;
        await new Promise<void>((resolve) => (arrived = [...arrived, resolve]));
      }
    },
    stop: () => {
      http.off('request', note);
    },
  };
}
