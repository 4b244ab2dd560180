/** @jest-environment node */
import { jest } from '@jest/globals';
import { testConfig } from '../../../test/support/auth/auth-fixtures.js';
import { NoSharedScripts } from '../../cluster/limits/shared-scripts.port.js';
import { LoginThrottle } from './login-throttle.service.js';

const MINUTE_MS = 60_000;
const NO_LIMIT = { LOGIN_FAILURES_PER_ADDRESS: '1000000' };
const REFUSED = { code: 'rate_limited' };

const throttleOf = (env: Record<string, string> = NO_LIMIT) =>
  new LoginThrottle(testConfig(env), new NoSharedScripts());

async function throttleAfter(failures: number): Promise<LoginThrottle> {
  const throttle = throttleOf();
  for (let i = 0; i < failures; i += 1) await throttle.noteFailure('ada', '10.0.0.1');
  return throttle;
}

describe('LoginThrottle', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('lets nine failures pass and stops at ten, telling when to come back', async () => {
    await expect((await throttleAfter(9)).check('ada', '10.0.0.1')).resolves.toBeUndefined();
    const throttle = await throttleAfter(10);
    jest.advanceTimersByTime(MINUTE_MS);
    const refusal = { ...REFUSED, retryAfterSeconds: 14 * 60 };
    await expect(throttle.check('ada', '10.0.0.1')).rejects.toMatchObject(refusal);
    await expect(throttle.noteFailure('ada', '10.0.0.1')).rejects.toMatchObject(refusal);
  });

  it('tells ten of many guesses at once that they are wrong', async () => {
    const throttle = throttleOf();
    const guesses = Array.from({ length: 30 }, () => throttle.noteFailure('ada', '10.0.0.1'));
    const told = (await Promise.allSettled(guesses)).filter(({ status }) => status === 'fulfilled');
    expect(told).toHaveLength(10);
  });

  it('stops neither the same address for another e-mail nor the same e-mail from another address', async () => {
    const throttle = await throttleAfter(10);
    await expect(throttle.check('bob', '10.0.0.1')).resolves.toBeUndefined();
    await expect(throttle.check('ada', '10.0.0.2')).resolves.toBeUndefined();
  });

  it('forgets a quarter of an hour after the first failure', async () => {
    const throttle = await throttleAfter(1);
    jest.advanceTimersByTime(14 * MINUTE_MS);
    for (let i = 1; i < 10; i += 1) await throttle.noteFailure('ada', '10.0.0.1');
    await expect(throttle.check('ada', '10.0.0.1')).rejects.toMatchObject({ retryAfterSeconds: 60 });
    jest.advanceTimersByTime(MINUTE_MS);
    await expect(throttle.check('ada', '10.0.0.1')).resolves.toBeUndefined();
    await throttle.noteFailure('ada', '10.0.0.1');
    await expect(throttle.check('ada', '10.0.0.1')).resolves.toBeUndefined();
  });

  it('forgets in time although its timer is late', async () => {
    const throttle = await throttleAfter(10);
    jest.setSystemTime(Date.now() + 15 * MINUTE_MS);
    await expect(throttle.check('ada', '10.0.0.1')).resolves.toBeUndefined();
    await expect(throttle.noteFailure('ada', '10.0.0.1')).resolves.toBeUndefined();
  });

  it('forgets the failures when a login succeeds', async () => {
    const throttle = await throttleAfter(9);
    throttle.noteSuccess('ada', '10.0.0.1');
    await throttle.noteFailure('ada', '10.0.0.1');
    await expect(throttle.check('ada', '10.0.0.1')).resolves.toBeUndefined();
  });

  it('stops an address that guesses at many e-mails, and no other', async () => {
    const throttle = throttleOf({ LOGIN_FAILURES_PER_ADDRESS: '100' });
    const guesses = Array.from({ length: 300 }, (_, i) => throttle.noteFailure(`guess-${i}`, '10.0.0.1'));
    const told = (await Promise.allSettled(guesses)).filter(({ status }) => status === 'fulfilled');
    expect(told).toHaveLength(100);
    await expect(throttle.check('ada', '10.0.0.1')).rejects.toMatchObject({
      ...REFUSED,
      retryAfterSeconds: 900,
    });
    throttle.noteSuccess('ada', '10.0.0.1');
    await expect(throttle.check('ada', '::ffff:10.0.0.1')).rejects.toMatchObject(REFUSED);
    await expect(throttle.check('ada', '10.0.0.2')).resolves.toBeUndefined();
  });

  it('takes the addresses of an IPv6 network for one', async () => {
    const throttle = throttleOf({ LOGIN_FAILURES_PER_ADDRESS: '2' });
    for (const host of ['a', 'b']) await throttle.noteFailure('ada', `2001:db8::${host}`);
    await expect(throttle.check('bob', '2001:db8::c')).rejects.toMatchObject(REFUSED);
    await expect(throttle.check('bob', '2001:db8:0:1::c')).resolves.toBeUndefined();
  });

  it('counts registrations by address, for an hour', async () => {
    const throttle = throttleOf({ REGISTRATIONS_PER_ADDRESS: '2' });
    for (let i = 0; i < 2; i += 1) await throttle.noteRegistration('10.0.0.1');
    await expect(throttle.noteRegistration('10.0.0.1')).rejects.toMatchObject({
      ...REFUSED,
      retryAfterSeconds: 3600,
    });
    await expect(throttle.noteRegistration('10.0.0.2')).resolves.toBeUndefined();
    jest.advanceTimersByTime(60 * MINUTE_MS);
    await expect(throttle.noteRegistration('10.0.0.1')).resolves.toBeUndefined();
  });

  it('keeps no more counts than memory should hold, the latest ones', async () => {
    jest.useRealTimers();
    const throttle = await throttleAfter(10);
    for (let i = 0; i < 10; i += 1) await throttle.noteFailure('bob', '10.0.0.1');
    const others = Array.from({ length: 49_999 }, (_, i) => throttle.noteFailure(`guess-${i}`, '10.0.0.1'));
    await Promise.all(others);
    await expect(throttle.check('ada', '10.0.0.1')).resolves.toBeUndefined();
    await expect(throttle.check('bob', '10.0.0.1')).rejects.toMatchObject(REFUSED);
  });
});
