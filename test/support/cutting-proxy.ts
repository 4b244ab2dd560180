import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What becomes of one connection: it is cut, or falls silent, once this much of the response's body has passed. */
export interface Fate {
  readonly kind: 'cut' | 'stall';
  /** Bytes as they are on the wire, chunk lengths included. */
  readonly afterBytes?: number;
  /** Blank lines, each the end of an event. */
  readonly afterEvents?: number;
}

/** A TCP proxy that breaks connections where a test wants it. */
export interface CuttingProxy {
  readonly url: string;
  /** Fates of the next event streams, in order; those behind them live. Other answers pass. */
  plan(...fates: readonly Fate[]): void;
  /** Cuts every connection that there is, whatever it is for. */
  cutAll(): void;
  /** Fates that have not been met yet. */
  readonly left: number;
  close(): Promise<void>;
}

/** @param target the server behind it, as a URL */
export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let fates: Fate[] = [];
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    let passed = Buffer.alloc(0);
    let given = 0;
    let fate: Fate | undefined;
    let over = false;
    upstream.on('data', (chunk: Buffer) => {
      if (over) return;
      passed = Buffer.concat([passed, chunk]);
      const body = passed.indexOf('\r\n\r\n') + 4;
      if (body < 4) return;
      if (given === 0 && isStream(passed.subarray(0, body))) fate = fates.shift();
      const end = fate === undefined ? undefined : endOf(passed, body, fate);
      client.write(passed.subarray(given, end));
      given = end ?? passed.length;
      if (end === undefined) return;
      over = true;
      if (fate?.kind === 'cut') client.destroySoon();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    plan: (...next) => {
      fates = [...next];
    },
    cutAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    get left() {
      return fates.length;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function isStream(head: Buffer): boolean {
  return /content-type: text\/event-stream/i.test(head.toString('latin1'));
}

/** Where in `bytes` the fate strikes; `undefined` when it has not come yet. */
function endOf(bytes: Buffer, body: number, { afterBytes, afterEvents }: Fate): number | undefined {
  if (afterBytes !== undefined) return bytes.length >= body + afterBytes ? body + afterBytes : undefined;
  let at = body;
  for (let events = 0; events < (afterEvents ?? 0); events += 1) {
    const found = bytes.indexOf('\n\n', at);
    if (found < 0) return undefined;
    at = found + 2;
  }
  return at;
}
