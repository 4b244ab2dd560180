import { connect, type Socket } from 'node:net';
import type { AbuseWorld } from './abuse-world.js';
import { ABUSIVE_EVENTS, type AbusiveStream } from './abusive-events.js';

/** One kind of abuse. `between` is to be awaited behind each thing that it sends. */
export interface Scenario {
  readonly name: string;
  readonly abuse: (world: AbuseWorld, between: () => Promise<void>) => Promise<void>;
}

/** How many connections, and bytes of each body. */
export interface AbuseSize {
  readonly halfBodies: number;
  readonly bodyBytes: number;
  readonly slowReaders: number;
}

const NAMES: Readonly<Record<AbusiveStream, string>> = {
  toolPieces: '20,000 tool pieces in an event',
  smallPieces: '30,000 tool pieces in as many events',
  flowiseTools: 'tools of a flow, in the wrong order',
  flowiseSources: 'sources of a flow',
  quotes: '200 events of 16,000 quotes',
  broken: '200 broken events of 30 kB',
  deepEvent: 'an event of 1,900,000 levels',
};

export function scenariosOf(size: AbuseSize): readonly Scenario[] {
  const streams = (Object.keys(ABUSIVE_EVENTS) as AbusiveStream[]).map(ofStream);
  return [...streams, deepBodies(size), halfSentBodies(size), slowReaders(size)];
}

function ofStream(stream: AbusiveStream): Scenario {
  return {
    name: NAMES[stream],
    abuse: async (world, between) => {
      world.upstream.betweenEvents = between;
      await (await world.ask(stream)).text();
    },
  };
}

function deepBodies({ bodyBytes }: AbuseSize): Scenario {
  return {
    name: 'JSON bodies of many levels',
    abuse: async (world, between) => {
      const body = '['.repeat(bodyBytes);
      for (let sent = 0; sent < 2; sent += 1) {
        const headers = { 'content-type': 'application/json' };
        // The connection may be closed in the middle of what nobody wants to read.
        const sending = fetch(`${world.server.url}/auth/login`, { method: 'POST', headers, body })
          .then((response) => response.text())
          .catch(() => undefined);
        await between();
        await sending;
      }
    },
  };
}

function halfSentBodies({ halfBodies, bodyBytes }: AbuseSize): Scenario {
  return {
    name: 'half-sent bodies without credentials',
    abuse: async (world, between) => {
      const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${bodyBytes + 1}\r\n\r\n`;
      await holding(world, halfBodies, between, (socket) => {
        socket.write(head);
        socket.write(' '.repeat(bodyBytes));
      });
    },
  };
}

function slowReaders({ slowReaders: readers }: AbuseSize): Scenario {
  return {
    name: 'readers that do not read',
    abuse: async (world, between) => {
      const responses = await Promise.all(Array.from({ length: readers }, () => world.ask('long')));
      await between();
      for (const response of responses) await response.body?.cancel();
    },
  };
}

async function holding(
  world: AbuseWorld,
  count: number,
  between: () => Promise<void>,
  send: (socket: Socket) => void,
): Promise<void> {
  const { hostname, port } = new URL(world.server.url);
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(Number(port), hostname, () => {
      send(socket);
    });
    // Refused in the middle, which is the product's right.
    return socket.on('error', () => socket.destroy());
  });
  await between();
  for (const socket of sockets) socket.destroy();
}
