import type { Gate } from './gate.js';
import type { Behaviour } from './replay-server.js';
import { flowise } from './flowise-behaviours.js';

/** An event with this data, as most servers write it. */
export const sse = (data: unknown): string =>
  `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

/** The ways in which any upstream can behave. */
export const upstream = {
  /** An event stream of these writes that then ends. */
  raw: flowise.raw,
  /** Breaks the connection before anything is answered. */
  resetBeforeHeaders: flowise.resetBeforeHeaders,
  hang: flowise.hang,
  /** An HTTP error, with words that nobody may see. */
  status: flowise.status,
  html: flowise.html,

  /** One JSON document. */
  json(document: unknown, status = 200): Behaviour {
    return (response) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify(document));
    };
  },

  /** An event stream of these events that then ends. */
  events(...events: readonly unknown[]): Behaviour {
    return flowise.raw(events.map(sse).join(''));
  },

  /** Events that then are followed by silence. */
  hangAfter(...events: readonly unknown[]): Behaviour {
    return (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(events.map(sse).join(''));
    };
  },

  /** Events before a broken connection. */
  reset(...events: readonly unknown[]): Behaviour {
    return (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(events.map(sse).join(''), () => response.destroy());
    };
  },

  /** Each event waits for a pass of the gate. */
  gated(gate: Gate, ...events: readonly unknown[]): Behaviour {
    return async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      for (const event of events) {
        await gate.wait();
        response.write(sse(event));
      }
      response.end();
    };
  },
};
