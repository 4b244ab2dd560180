import { FixedClock, RecordingLog } from '../../../test/support/auth/auth-fixtures.js';
import { TokenRefusedError } from './token-refused.error.js';
import {
  MAX_LOGGED_CLAIM_CHARACTERS,
  REFUSAL_LOG_INTERVAL_MS,
  TokenRefusals,
} from './token-refusals.service.js';

function setUp() {
  const clock = new FixedClock();
  const log = new RecordingLog();
  return { clock, log, refusals: new TokenRefusals(clock, log) };
}

const wrongAudience = new TokenRefusedError({ reason: 'aud', found: ['account'], alg: 'RS256' });

describe('TokenRefusals', () => {
  it('says why, and what the token says there', () => {
    const { log, refusals } = setUp();
    refusals.note(wrongAudience);
    expect(log.lines).toEqual([
      expect.objectContaining({
        level: 'warn',
        fields: { reason: 'aud', found: '["account"]', alg: 'RS256', alike: 0 },
      }),
    ]);
  });

  it('says each reason once a minute, and how many were alike meanwhile', () => {
    const { log, refusals, clock } = setUp();
    for (let i = 0; i < 1000; i += 1) refusals.note(wrongAudience);
    refusals.note(new TokenRefusedError({ reason: 'iss' }));
    clock.time += REFUSAL_LOG_INTERVAL_MS;
    refusals.note(wrongAudience);
    expect(log.lines.map(({ fields }) => [fields.reason, fields.alike])).toEqual([
      ['aud', 0],
      ['iss', 0],
      ['aud', 999],
    ]);
  });

  it('cuts what a token says, and repeats no message of a library', () => {
    const { log, refusals } = setUp();
    refusals.note(new TokenRefusedError({ reason: 'iss', found: 'x'.repeat(10_000) }));
    refusals.note(new SyntaxError('Unexpected token in "eyJhbGciOi"'));
    expect(String(log.lines[0]?.fields.found)).toHaveLength(MAX_LOGGED_CLAIM_CHARACTERS);
    expect(log.lines[1]?.fields).toEqual({ reason: 'malformed', alike: 0 });
  });
});
