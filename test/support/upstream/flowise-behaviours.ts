import type { ServerResponse } from 'node:http';
import { readFlowiseFixture } from './flowise-fixtures.js';
import type { Gate } from './gate.js';

/**
 * How the replay server answers one prediction. When it returns without having ended the response, the response stays
 * open: an upstream that hangs.
 */
export type FlowiseBehaviour = (response: ServerResponse) => void | Promise<void>;

const STREAM_HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };

/** One frame as Flowise writes it. */
export const flowiseFrame = (event: string, data: unknown): string =>
  `message:\ndata:${JSON.stringify({ event, data })}\n\n`;
const END = flowiseFrame('end', '[DONE]');

function write(response: ServerResponse, bytes: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    response.write(bytes, () => {
      resolve();
    });
  });
}

function openStream(response: ServerResponse): void {
  response.writeHead(200, STREAM_HEADERS);
  response.flushHeaders();
}

/** The ways an upstream can behave, for {@link FlowiseReplay.respondWith}. */
export const flowise = {
  /**
   * A recorded answer, with its status and headers.
   * @param chunkBytes bytes per write; unset: all in one
   * @param retryAfter in place of what was recorded, which clients wait for
   */
  recorded(name: string, chunkBytes?: number, retryAfter?: string): FlowiseBehaviour {
    const { status, headers: recorded, body } = readFlowiseFixture(name);
    const isWaitedFor = retryAfter !== undefined && 'retry-after' in recorded;
    const headers = isWaitedFor ? { ...recorded, 'retry-after': retryAfter } : recorded;
    return async (response) => {
      response.writeHead(status, headers);
      const step = chunkBytes ?? Math.max(body.length, 1);
      for (let at = 0; at < body.length; at += step) await write(response, body.subarray(at, at + step));
      response.end();
    };
  },

  /** A stream of these tokens, each in a write of its own, with an end. */
  tokens(...tokens: readonly string[]): FlowiseBehaviour {
    return async (response) => {
      openStream(response);
      for (const token of tokens) await write(response, flowiseFrame('token', token));
      response.end(END);
    };
  },

  /** Like `tokens`, but each token and then the end waits for a pass of the gate. */
  gated(gate: Gate, ...tokens: readonly string[]): FlowiseBehaviour {
    return async (response) => {
      openStream(response);
      for (const token of tokens) {
        await gate.wait();
        await write(response, flowiseFrame('token', token));
      }
      await gate.wait();
      response.end(END);
    };
  },

  /** Any frames, all in one write, then the end of the response: `flowise.frames(['token', 'a'], ['end', '[DONE]'])`. */
  frames(...frames: readonly (readonly [event: string, data: unknown])[]): FlowiseBehaviour {
    return flowise.raw(frames.map(([event, data]) => flowiseFrame(event, data)).join(''));
  },

  /** These bytes as an event stream, then the end of the response. */
  raw(...writes: readonly (string | Buffer)[]): FlowiseBehaviour {
    return async (response) => {
      openStream(response);
      for (const bytes of writes) await write(response, bytes);
      response.end();
    };
  },

  /** Tokens with an end that were cut: the response ends properly, but the stream's end is missing. */
  closeEarly(...tokens: readonly string[]): FlowiseBehaviour {
    return flowise.raw(...tokens.map((token) => flowiseFrame('token', token)));
  },

  /** The connection breaks after these tokens. */
  reset(...tokens: readonly string[]): FlowiseBehaviour {
    return async (response) => {
      openStream(response);
      for (const token of tokens) await write(response, flowiseFrame('token', token));
      response.destroy();
    };
  },

  /** The connection breaks before anything is answered. */
  resetBeforeHeaders(): FlowiseBehaviour {
    return (response) => {
      response.destroy();
    };
  },

  /** Never answers. */
  hang(): FlowiseBehaviour {
    return () => {};
  },

  /** Falls silent after these tokens. @param heartbeatMs time between heartbeats; unset: none */
  hangAfter(tokens: readonly string[], heartbeatMs?: number): FlowiseBehaviour {
    return async (response) => {
      openStream(response);
      for (const token of tokens) await write(response, flowiseFrame('token', token));
      if (heartbeatMs === undefined) return;
      const timer = setInterval(() => response.write(':heartbeat\n\n'), heartbeatMs);
      response.once('close', () => {
        clearInterval(timer);
      });
    };
  },

  /** An HTTP error as Flowise writes it, with a stack that nobody may see. */
  status(status: number, headers: Readonly<Record<string, string>> = {}): FlowiseBehaviour {
    return (response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(
        JSON.stringify({
          statusCode: status,
          success: false,
          message: 'secret message',
          stack: 'secret stack',
        }),
      );
    };
  },

  /** A page where an answer should be, as from a proxy or a login wall. */
  html(): FlowiseBehaviour {
    return (response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end('<html><body>secret page</body></html>');
    };
  },

  /** Garbage between good events. */
  garbage(): FlowiseBehaviour {
    return flowise.raw(
      flowiseFrame('token', 'a'),
      'data:garbage\n\n:comment\n\nnonsense without colon\n\n',
      "data:{'event':'token','data':'b',}\n\n",
      'data:{"event":"token","data":\n\n',
      flowiseFrame('token', 'c') + END,
    );
  },

  /** One token of `size` characters in a single event. */
  largeToken(size: number): FlowiseBehaviour {
    return flowise.tokens('x'.repeat(size));
  },

  /** Many tokens as fast as the client reads them: `t0 `, `t1 `, … */
  flood(count: number): FlowiseBehaviour {
    return async (response) => {
      openStream(response);
      for (let index = 0; index < count && !response.destroyed; index += 1) {
        const flowing = response.write(flowiseFrame('token', `t${index} `));
        if (!flowing) await new Promise<void>((resolve) => onceDrainedOrClosed(response, resolve));
      }
      response.end(END);
    };
  },
};

function onceDrainedOrClosed(response: ServerResponse, resume: () => void): void {
  const done = () => {
    response.off('drain', done);
    response.off('close', done);
    resume();
  };
  response.once('drain', done);
  response.once('close', done);
}
