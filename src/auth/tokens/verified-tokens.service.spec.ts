import { FixedClock, principalOf } from '../../../test/support/auth/auth-fixtures.js';
import { VerifiedTokens } from './verified-tokens.service.js';

const principal = principalOf('ada');

describe('VerifiedTokens', () => {
  it('knows only tokens it was told about, by their exact text', () => {
    const tokens = new VerifiedTokens(new FixedClock(0));
    tokens.remember('token', { principal, expiresAt: 1000 });
    expect(tokens.find('token')).toBe(principal);
    expect(tokens.find('Token')).toBeUndefined();
  });

  it('never outlives the expiry of the token', () => {
    const clock = new FixedClock(0);
    const tokens = new VerifiedTokens(clock);
    tokens.remember('token', { principal, expiresAt: 1000 });
    clock.time = 999;
    expect(tokens.find('token')).toBe(principal);
    clock.time = 1000;
    expect(tokens.find('token')).toBeUndefined();
  });

  it('has a long-lived token verified again after a minute', () => {
    const clock = new FixedClock(0);
    const tokens = new VerifiedTokens(clock);
    tokens.remember('token', { principal, expiresAt: 10_000_000 });
    clock.time = 59_999;
    expect(tokens.find('token')).toBe(principal);
    clock.time = 60_000;
    expect(tokens.find('token')).toBeUndefined();
  });

  it('keeps nothing of tokens that nobody comes with any more', () => {
    const clock = new FixedClock(0);
    const tokens = new VerifiedTokens(clock);
    tokens.remember('old', { principal, expiresAt: 10_000_000 });
    clock.time = 59_999;
    tokens.remember('new', { principal, expiresAt: 10_000_000 });
    tokens.sweep();
    expect(tokens.count).toBe(2);
    clock.time = 60_000;
    tokens.sweep();
    expect(tokens.count).toBe(1);
    expect(tokens.find('new')).toBe(principal);
  });

  it('stays bounded whatever the tokens weigh', () => {
    const tokens = new VerifiedTokens(new FixedClock(0));
    const text = (i: number) => `${i}${'x'.repeat(1_000_000)}`;
    for (let i = 0; i < 10; i += 1) tokens.remember(text(i), { principal, expiresAt: 1000 });
    const kept = Array.from({ length: 10 }, (_, i) => tokens.find(text(i))).filter(Boolean);
    expect(kept.length).toBeLessThan(9);
    expect(tokens.find(text(9))).toBe(principal);
  });
});
