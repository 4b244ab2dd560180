/** @jest-environment node */
import { getEventListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { jest } from '@jest/globals';
import { Agent, type Dispatcher } from 'undici';
import { refusingUrl } from '../../../test/support/ports.js';
import { newReport } from '../../../test/support/upstream/decoding.js';
import { flowiseFrame } from '../../../test/support/upstream/flowise-behaviours.js';
import { Gate } from '../../../test/support/upstream/gate.js';
import {
  startReplayServer,
  type Behaviour,
  type ReplayServer,
} from '../../../test/support/upstream/replay-server.js';
import { FlowiseDecoder } from '../flowise/flowise.decoder.js';
import { EventStream } from './event-stream.js';
import type { EventStreamOptions } from './event-stream-options.js';

/** Nothing passes it by itself. */
const NEVER_MS = 3_600_000;
const token = (text: string) => flowiseFrame('token', text);
const END = flowiseFrame('end', '[DONE]');

/** Writes a first token, and after a pass of the gate what follows. */
const after = (gate: Gate, then: (response: ServerResponse) => void): Behaviour => {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(token('a'));
    await gate.wait();
    then(response);
  };
};

/** Tells when its socket is paused. */
class HeldStream extends EventStream {
  private onHeld = () => {};
  readonly held = new Promise<void>((resolve) => (this.onHeld = resolve));

  override onRequestStart(controller: Dispatcher.DispatchController): void {
    const pause = controller.pause.bind(controller);
    controller.pause = () => {
      pause();
      this.onHeld();
    };
    super.onRequestStart(controller);
  }
}

/** Tells what undici has kept of the headers before and after the stream has seen them. */
class WatchedStream extends EventStream {
  readonly kept: unknown[] = [];

  override onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: object): void {
    this.kept.push(controller.rawHeaders);
    super.onResponseStart(controller, status, headers as never);
    this.kept.push(controller.rawHeaders);
  }
}

describe('EventStream and the headers that undici keeps', () => {
  let server: ReplayServer;
  let dispatcher: Agent;

  beforeEach(async () => {
    server = await startReplayServer();
    dispatcher = new Agent();
    server.respondWith((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(token('a') + END);
    });
  });
  afterEach(async () => {
    await dispatcher.destroy();
    await server.close();
  });

  const read = async (options: Partial<EventStreamOptions>) => {
    const stream = new WatchedStream({
      dispatcher,
      signal: new AbortController().signal,
      request: { origin: server.url, path: '/', method: 'POST', body: '{}' },
      headersTimeoutMs: NEVER_MS,
      read: () => ({ decoder: new FlowiseDecoder(newReport()), reach: 'accepted', idleTimeoutMs: NEVER_MS }),
      ...options,
    });
    const events: unknown[] = [];
    for await (const batch of stream) events.push(...batch);
    expect(events).toEqual([{ type: 'text-delta', text: 'a' }]);
    return stream.kept;
  };

  it('lets them go: fails when undici has them elsewhere', async () => {
    expect(await read({})).toEqual([expect.arrayContaining([expect.any(Buffer)]), null]);
  });

  it('leaves them when that is switched off', async () => {
    const [before, after] = await read({ keepsRawHeaders: true });
    expect(after).toBe(before);
    expect(after).toEqual(expect.arrayContaining([expect.any(Buffer)]));
  });
});

describe('EventStream after an abort', () => {
  let server: ReplayServer;
  let dispatcher: Agent;
  let controller: AbortController;
  let gate: Gate;

  beforeEach(async () => {
    server = await startReplayServer();
    dispatcher = new Agent();
    controller = new AbortController();
    gate = new Gate();
  });
  afterEach(async () => {
    jest.useRealTimers();
    await dispatcher.destroy();
    await server.close();
  });

  const optionsOf = (options: Partial<EventStreamOptions>, origin = server.url): EventStreamOptions => ({
    dispatcher,
    signal: controller.signal,
    request: { origin, path: '/', method: 'POST', body: '{}' },
    headersTimeoutMs: NEVER_MS,
    read: () => ({ decoder: new FlowiseDecoder(newReport()), reach: 'accepted', idleTimeoutMs: NEVER_MS }),
    lingerMs: NEVER_MS,
    ...options,
  });
  const open = (options: Partial<EventStreamOptions> = {}, origin?: string) =>
    new EventStream(optionsOf(options, origin));
  /** A stream whose reader has got the first token, and then the reason of the abort. */
  const abortedAfterFirst = async (options: Partial<EventStreamOptions> = {}) => {
    const stream = open(options);
    expect(await stream.next()).toEqual({ done: false, value: [{ type: 'text-delta', text: 'a' }] });
    const next = stream.next();
    controller.abort('stopped');
    await expect(next).rejects.toBe('stopped');
    return stream;
  };
  const closed = async () => {
    const request = await server.request(0);
    await request.closed;
    return request;
  };

  it('reads on for the end, of which its reader sees nothing', async () => {
    server.respondWith(after(gate, (response) => response.end(token('b') + END)));
    const stream = await abortedAfterFirst();
    expect(stream.mayBeRunning).toBe(true);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    const end = stream.linger();
    gate.open();
    await expect(end).resolves.toBe(true);
    await expect(stream.next()).resolves.toEqual({ done: true, value: undefined });
    expect((await closed()).clientLeft).toBe(false);
    await expect(stream.linger()).resolves.toBe(true);
  });

  it('also for a reader that takes everything at once', async () => {
    server.respondWith(after(gate, (response) => response.end(token('b') + END)));
    const stream = open();
    const taken: unknown[] = [];
    const delivered = stream.deliver((batch) => {
      taken.push(...batch);
      controller.abort('stopped');
    });
    await expect(delivered).rejects.toBe('stopped');
    // What a call does whose delivery has failed.
    await stream.return();
    gate.open();
    await expect(stream.linger()).resolves.toBe(true);
    expect(taken).toEqual([{ type: 'text-delta', text: 'a' }]);
  });

  it('takes an error for an end, but not a response that breaks or closes without one', async () => {
    const seen: boolean[] = [];
    for (const then of [
      (response: ServerResponse) => response.end(flowiseFrame('error', 'x')),
      (response: ServerResponse) => response.destroy(),
      (response: ServerResponse) => response.end(token('b')),
    ]) {
      gate = new Gate();
      controller = new AbortController();
      server.respondWith(after(gate, then));
      const stream = await abortedAfterFirst();
      const end = stream.linger();
      gate.open();
      seen.push(await end);
      await expect(stream.next()).resolves.toEqual({ done: true, value: undefined });
    }
    expect(seen).toEqual([true, false, false]);
  });

  it('lets go when its time is over, also when nobody waits', async () => {
    server.respondWith(after(gate, () => {}));
    const stream = await abortedAfterFirst({ lingerMs: 1 });
    expect((await closed()).clientLeft).toBe(true);
    await expect(stream.linger()).resolves.toBe(false);
  });

  it('has its time from the moment when somebody waits, whatever still comes', async () => {
    server.respondWith(after(gate, (response) => response.write(token('b'))));
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const decoder = new FlowiseDecoder(newReport());
    const read = () => ({ decoder, reach: 'accepted' as const, idleTimeoutMs: NEVER_MS });
    const stream = await abortedAfterFirst({ lingerMs: 1000, read });
    jest.advanceTimersByTime(900);
    let said: boolean | undefined;
    const end = stream.linger().then((value) => (said = value));
    jest.advanceTimersByTime(900);
    gate.open();
    while (decoder.progress < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(said).toBeUndefined();
    jest.advanceTimersByTime(100);
    await expect(end).resolves.toBe(false);
    expect((await closed()).clientLeft).toBe(true);
  });

  it('lets go at once when it is told to, or is not to linger', async () => {
    server.respondWith(after(gate, () => {}));
    const stream = await abortedAfterFirst();
    const end = stream.linger();
    stream.letGoNow();
    await expect(end).resolves.toBe(false);
    expect((await closed()).clientLeft).toBe(true);
    controller = new AbortController();
    await expect((await abortedAfterFirst({ lingerMs: 0 })).linger()).resolves.toBe(false);
    await (
      await server.request(1)
    ).closed;
  });

  it('reads on behind a reader that was far behind, and keeps nothing of it', async () => {
    const piece = token('x'.repeat(64 * 1024));
    server.respondWith((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(piece.repeat(100) + END);
    });
    const decoder = new FlowiseDecoder(newReport());
    const read = () => ({ decoder, reach: 'accepted' as const, idleTimeoutMs: NEVER_MS });
    const stream = new HeldStream(optionsOf({ read }));
    await stream.next();
    await stream.held;
    controller.abort('stopped');
    await expect(stream.linger()).resolves.toBe(true);
    expect(decoder.take()).toEqual([]);
    expect((await closed()).clientLeft).toBe(false);
  });

  it('waits for a response that has not begun', async () => {
    server.respondWith(async (response) => {
      await gate.wait();
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(END);
    });
    const stream = open();
    const next = stream.next();
    await server.request(0);
    controller.abort('stopped');
    await expect(next).rejects.toBe('stopped');
    expect(stream.reach).toBe('unknown');
    const end = stream.linger();
    gate.open();
    await expect(end).resolves.toBe(true);
    expect(stream.reach).toBe('accepted');
  });

  it('lets go at once when its reader leaves without an abort', async () => {
    server.respondWith(after(gate, () => {}));
    const stream = open();
    await stream.next();
    await stream.return();
    expect((await closed()).clientLeft).toBe(true);
    expect(stream.mayBeRunning).toBe(true);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('has nothing to wait for where nothing was sent', async () => {
    const refused = open({}, await refusingUrl());
    await expect(refused.next()).rejects.toMatchObject({ code: 'upstream_unavailable' });
    const unread = open();
    controller.abort('stopped');
    await expect(unread.next()).rejects.toBe('stopped');
    for (const stream of [refused, unread]) {
      expect([stream.reach, stream.mayBeRunning]).toEqual(['unsent', false]);
      await expect(stream.linger()).resolves.toBe(true);
    }
    expect(server.requests).toHaveLength(0);
  });
});
