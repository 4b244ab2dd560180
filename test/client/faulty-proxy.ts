import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface ProxyFaults {
  /** Share of the connections that fall silent at a random byte; all others are cut at one, in either direction. */
  readonly stall: number;
  /** A connection carries less than this many bytes … */
  readonly withinBytes: number;
  /** … or, this share of them, ten times as many. */
  readonly longLived: number;
}

export interface FaultyProxy {
  readonly url: string;
  readonly counts: { connections: number; cuts: number; stalls: number };
  close(): Promise<void>;
}

/** A TCP proxy on the loopback that splits everything at random bytes and lets no connection live long. */
export async function startFaultyProxy(
  target: string,
  faults: ProxyFaults,
  random: () => number,
): Promise<FaultyProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const counts = { connections: 0, cuts: 0, stalls: 0 };

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const pair = [client, upstream];
    const destroy = (): void => {
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        destroy();
      });
      // Resets are what this proxy is for.
      socket.on('error', () => undefined);
    }
    counts.connections += 1;
    const isStall = random() < faults.stall;
    const within = faults.withinBytes * (random() < faults.longLived ? 10 : 1);
    const budget = { left: Math.floor(random() * within) };
    const onSpent = (): void => {
      if (!isStall) {
        counts.cuts += 1;
        destroy();
      } else {
        counts.stalls += 1;
        for (const socket of pair) socket.pause();
      }
    };
    void forward(client, upstream, budget, random, onSpent);
    void forward(upstream, client, budget, random, onSpent);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function forward(
  from: Socket,
  to: Socket,
  budget: { left: number },
  random: () => number,
  onSpent: () => void,
): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length;) {
        if (budget.left === 0) return;
        const size = Math.min(1 + Math.floor(random() * chunk.length), chunk.length - at, budget.left);
        to.write(chunk.subarray(at, at + size));
        at += size;
        budget.left -= size;
        if (budget.left === 0) {
          onSpent();
          // A stalled connection stays open in silence.
          await new Promise((resolve) => from.once('close', resolve));
          return;
        }
        // A turn of the event loop between two pieces makes them two reads on the other side.
        if (random() < 0.3) await new Promise((resolve) => setImmediate(resolve));
      }
    }
    to.end();
  } catch {
    // The connection was reset; its partner is closed with it.
  }
}
