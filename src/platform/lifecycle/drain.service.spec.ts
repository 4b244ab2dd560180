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
    const drain = new Drain(1000, silent);
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

  it('tells participants when the grace period is over', async () => {
    const drain = new Drain(1, silent);
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
    const drain = new Drain(1000, silent);
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
  it('waits until the last response has closed', async () => {
    const requests = new InFlightRequests(new Drain(1000, silent));
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
