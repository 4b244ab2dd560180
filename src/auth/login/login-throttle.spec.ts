import { FixedClock } from '../../../test/support/auth/auth-fixtures.js';
import { LoginThrottle } from './login-throttle.js';

function setUp(failures: number) {
  const clock = new FixedClock(0);
  const throttle = new LoginThrottle(clock);
  for (let i = 0; i < failures; i += 1) throttle.noteFailure('ada', '10.0.0.1');
  return { clock, throttle };
}

describe('LoginThrottle', () => {
  it('lets nine failures pass and stops at ten, telling when to come back', () => {
    expect(() => setUp(9).throttle.check('ada', '10.0.0.1')).not.toThrow();
    const { throttle, clock } = setUp(10);
    clock.time = 60_000;
    expect(() => throttle.check('ada', '10.0.0.1')).toThrow(
      expect.objectContaining({ code: 'rate_limited', retryAfterSeconds: 14 * 60 }),
    );
  });

  it('stops neither the same address for another e-mail nor the same e-mail from another address', () => {
    const { throttle } = setUp(10);
    expect(() => throttle.check('bob', '10.0.0.1')).not.toThrow();
    expect(() => throttle.check('ada', '10.0.0.2')).not.toThrow();
  });

  it('forgets after a quarter of an hour', () => {
    const { throttle, clock } = setUp(10);
    clock.time = 15 * 60_000;
    expect(() => throttle.check('ada', '10.0.0.1')).not.toThrow();
    throttle.noteFailure('ada', '10.0.0.1');
    expect(() => throttle.check('ada', '10.0.0.1')).not.toThrow();
  });

  it('forgets the failures when a login succeeds', () => {
    const { throttle } = setUp(9);
    throttle.noteSuccess('ada', '10.0.0.1');
    throttle.noteFailure('ada', '10.0.0.1');
    expect(() => throttle.check('ada', '10.0.0.1')).not.toThrow();
  });
});
