import { AccountingService, type Fault } from '../../../test/support/accounting-service.js';
import { AccountingRefusal, AccountingSilence } from './accounting-failure.js';
import { RetryingHttp } from './retrying-http.client.js';

const deduction = {
  method: 'POST',
  path: '/users/ada/deductions',
  idempotencyKey: 'turn:hold',
  accessToken: 'token',
  body: { amount: 3 },
} as const;

/** Never waited for: an attempt's time is over when the service has been asked and will not answer. */
const TIMEOUT_MS = 60_000;

/** Stands still until an attempt's time is over. */
class StandingClock {
  time = 0;
  /** Ends the last attempt's time. */
  expire: () => void = () => undefined;

  now(): number {
    return this.time;
  }

  after(milliseconds: number): AbortSignal {
    const attempt = new AbortController();
    this.expire = () => {
      this.time += milliseconds;
      attempt.abort(new DOMException('The attempt took too long.', 'TimeoutError'));
    };
    return attempt.signal;
  }
}

describe('RetryingHttp', () => {
  let service: AccountingService;
  let http: RetryingHttp;
  let clock: StandingClock;
  const pauses: number[] = [];

  beforeEach(async () => {
    pauses.length = 0;
    service = await AccountingService.start();
    service.credits.set('ada', 10);
    http = new RetryingHttp({
      url: service.url,
      apiKey: 'key',
      timeoutMs: TIMEOUT_MS,
      clock: (clock = new StandingClock()),
      pause: (milliseconds) => {
        pauses.push(milliseconds);
        return Promise.resolve();
      },
    });
  });
  afterEach(async () => {
    await http.close();
    await service.close();
  });

  const failureOf = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    );

  /** The service has the request; where it will not answer, the time for that is over now. */
  const stalling = (fault: Fault): Fault => {
    if (fault === 'stall') clock.expire();
    return fault;
  };

  it('forwards the user’s token and the key of the write', async () => {
    await http.send(deduction);
    expect(service.requests).toEqual([
      expect.objectContaining({ authorization: 'Bearer token', key: 'turn:hold', body: { amount: 3 } }),
    ]);
  });

  it('speaks with the operator’s key when there is no token', async () => {
    await expect(http.send({ method: 'GET', path: '/users/ada/credits' })).resolves.toEqual({ credits: 10 });
    expect(service.requests[0]?.authorization).toBe('Bearer key');
  });

  it('speaks with the operator’s key when the token is no longer taken', async () => {
    service.refusedCredentials.add('token');
    await http.send(deduction);
    expect(service.credits.get('ada')).toBe(7);
  });

  it.each(['drop', 'apply-and-drop', 'apply-and-fail', 'apply-twice', 'stall', 429, 500, 503] as const)(
    'gets a write through after %s, and has it applied once',
    async (fault) => {
      const faults = [fault];
      service.faultFor = () => stalling(faults.shift() ?? 'ok');
      await http.send(deduction);
      expect(service.credits.get('ada')).toBe(7);
    },
  );

  it('gives up after three attempts, waiting longer each time', async () => {
    service.misbehave('/deductions', 500, 500, 500);
    await expect(failureOf(http.send(deduction))).resolves.toBeInstanceOf(AccountingSilence);
    expect(service.requests).toHaveLength(3);
    expect(pauses).toHaveLength(2);
    expect(pauses[0]).toBeGreaterThanOrEqual(50);
    expect(pauses[1]).toBeGreaterThan(99);
  });

  it('gives a service that only stalls no more than three time-outs', async () => {
    service.faultFor = () => stalling('stall');
    await expect(failureOf(http.send(deduction))).resolves.toMatchObject({ mayHaveApplied: true });
    expect(service.requests.length).toBeGreaterThan(1);
    expect(clock.time).toBe(service.requests.length * TIMEOUT_MS);
    expect(clock.time).toBeLessThanOrEqual(3 * TIMEOUT_MS);
  });

  it('knows that nothing was applied when it never got through', async () => {
    await service.close();
    await expect(failureOf(http.send(deduction))).resolves.toMatchObject({ mayHaveApplied: false });
    service = await AccountingService.start();
  });

  it('does not know it after a lost answer', async () => {
    service.misbehave('/deductions', 'apply-and-drop', 'apply-and-drop', 'apply-and-drop');
    await expect(failureOf(http.send(deduction))).resolves.toMatchObject({ mayHaveApplied: true });
  });

  it.each([401, 403])('does not know it either when a lost answer is followed by %d', async (status) => {
    service.misbehave('/deductions', 'apply-and-drop', status, status);
    const error = await failureOf(http.send(deduction));
    expect(error).toBeInstanceOf(AccountingSilence);
    expect(error).toMatchObject({ mayHaveApplied: true });
    expect(service.credits.get('ada')).toBe(7);
  });

  it.each([400, 402, 404, 410, 422])('takes %d for an answer', async (status) => {
    service.misbehave('/deductions', status);
    const error = await failureOf(http.send(deduction));
    expect(error).toBeInstanceOf(AccountingRefusal);
    expect(error).toMatchObject({ status, body: { error: 'as told' } });
    expect(service.requests).toHaveLength(1);
  });
});
