import { wholeNumber } from '../schema/kinds.js';
import { plainConcern, setting, type ConfigOf } from '../schema/setting.js';

/** More than anybody can make use of: as good as no limit. */
const NO_LIMIT = 1_000_000;

/** A million answers of the longest kind: as good as no limit. */
const MAX_STORED_BYTES = 10_000_000_000_000;

export const LIMITS = plainConcern('Limits', {
  turnsPerMinute: setting('TURNS_PER_MINUTE', wholeNumber({ min: 1, max: NO_LIMIT }), {
    default: 60,
    about:
      'Turns that one user may start in a minute: on all instances together with REDIS_URL, else on each.',
  }),
  concurrentTurns: setting('CONCURRENT_TURNS', wholeNumber({ min: 1, max: NO_LIMIT }), {
    default: 10,
    about: 'Turns of one user that may run at once, counted likewise.',
  }),
  sessionsPerUser: setting('SESSIONS_PER_USER', wholeNumber({ min: 0, max: NO_LIMIT }), {
    default: 10_000,
    about:
      'Sessions that one user may have; beyond it 409 `quota_exceeded` until some are deleted. 0: no limit.',
  }),
  storedBytesPerUser: setting('STORED_BYTES_PER_USER', wholeNumber({ min: 0, max: MAX_STORED_BYTES }), {
    default: 1_000_000_000,
    about:
      'About how much may be stored of one user, questions and answers with all that belongs to them, in bytes; beyond it 409 `quota_exceeded` for a new turn until sessions are deleted. 0: no limit.',
  }),
  maxAttachmentBytes: setting('MAX_ATTACHMENT_BYTES', wholeNumber({ min: 1, max: 20_971_520 }), {
    default: 10_485_760,
    about:
      'Largest file that may be sent by itself before its question, in bytes; beyond it 413 `payload_too_large`.',
  }),
  /** Per instance. */
  maxOpenTurns: setting('MAX_OPEN_TURNS', wholeNumber({ min: 1, max: 100_000 }), {
    default: 5000,
    about: 'Turns that this instance runs at once; beyond it 503 `overloaded`.',
  }),
});

export type LimitsConfig = ConfigOf<typeof LIMITS>;
