import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createLog } from '../logging/create-log.js';
import { Drain, DrainParticipant } from './drain.service.js';
import { InFlightRequests } from './in-flight-requests.service.js';

const silent = createLog({ level: 'silent' });

class Probe extends DrainParticipant {
  constructor(
    readonly drainName: string,
    private readonly onDrain: (graceOver: AbortSignal) => Promise<void> | void,
  ) {
    super();
  }
  async drain(graceOver: AbortSignal): Promise<void> {
    await this.onDrain(graceOver);
  }
}

describe('Drain', () => {
  it('drains participants in order, and refuses new turns from its first moment', async () => {
    const seen: string[] = [];
    const drain = new Drain({ delayMs: 0, graceMs: 1000 }, silent);
    drain.register(new Probe('turns', () => void seen.push(`turns ${drain.state}`)));
    drain.register(new Probe('requests', () => void seen.push('requests')));
    drain.assertServing();
    const done = drain.begin();
    expect(() => {
      drain.assertServing();
    }).toThrow(expect.objectContaining({ code: 'overloaded', retryAfterSeconds: expect.any(Number) }));
    await done;
    expect(seen).toEqual(['turns draining', 'requests']);
    expect(drain.state).toBe('stopped');
  });

  it('takes turns for a while after it has said that it is not ready', async () => {
    const drain = new Drain({ delayMs: 1, graceMs: 1000 }, silent);
    const states: string[] = [];
    drain.register(new Probe('turns', () => void states.push(drain.state)));
    const done = drain.begin();
    states.push(drain.state);
    drain.assertServing();
    await done;
    expect(states).toEqual(['leaving', 'draining']);
  });

  it('tells participants when the grace period is over', async () => {
    const drain = new Drain({ delayMs: 0, graceMs: 1 }, silent);
    drain.register(
      new Probe(
        'slow',
        (graceOver) =>
          new Promise((resolve) => {
            graceOver.addEventListener('abort', () => {
              resolve();
            });
          }),
      ),
    );
    await drain.begin();
    expect(drain.state).toBe('stopped');
  });

  it('goes on when a participant fails, and begins only once', async () => {
    let times = 0;
    const drain = new Drain({ delayMs: 0, graceMs: 1000 }, silent);
    drain.register(
      new Probe('broken', () => {
        throw new Error('broken');
      }),
    );
    drain.register(new Probe('next', () => void times++));
    await Promise.all([drain.begin(), drain.begin()]);
    expect(times).toBe(1);
  });
});

describe('InFlightRequests', () => {
  it('refuses what comes when the application is being taken down', async () => {
    const drain = new Drain({ delayMs: 0, graceMs: 1000 }, silent);
    const requests = new InFlightRequests(drain);
    const seen: unknown[] = [];
    const request = () =>
      requests.track(
        {} as IncomingMessage,
        Object.assign(new EventEmitter(), { setHeader: () => undefined }) as unknown as ServerResponse,
        (error) => void seen.push(error),
      );
    request();
    await drain.begin();
    request();
    expect(seen).toEqual([
      undefined,
      expect.objectContaining({ code: 'overloaded', retryAfterSeconds: expect.any(Number) }),
    ]);
  });

  it('waits until the last response has closed', async () => {
    const requests = new InFlightRequests(new Drain({ delayMs: 0, graceMs: 1000 }, silent));
    const response = new EventEmitter();
    requests.track({} as IncomingMessage, response as unknown as ServerResponse, () => undefined);
    let drained = false;
    const done = requests.drain().then(() => (drained = true));
    await Promise.resolve();
    expect(drained).toBe(false);
    response.emit('close');
    await done;
    expect(drained).toBe(true);
  });
});
