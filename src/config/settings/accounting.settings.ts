import { baseUrl, headerKey, wholeNumber } from '../schema/kinds.js';
import { plainConcern, setting, type ConfigOf } from '../schema/setting.js';

export const ACCOUNTING = plainConcern('Accounting', {
  /** Set: an existing accounting service keeps the credits. */
  externalUrl: setting('ACCOUNTING_API_URL', baseUrl(), {
    about:
      'An existing accounting service keeps the credits instead of our own ledger (docs/accounting-service.md).',
  }),
  /** Authenticates calls without a user's token (after a restart). */
  externalKey: setting('ACCOUNTING_API_KEY', headerKey(), {
    secret: true,
    needs: 'ACCOUNTING_API_URL',
    about: 'For calls on behalf of users whose token is not at hand (after a restart).',
  }),
  // A user waits for it, up to three times.
  timeoutMs: setting('ACCOUNTING_TIMEOUT_MS', wholeNumber({ min: 1, max: 60_000, unit: 'milliseconds' }), {
    default: 5000,
    about: 'Longest wait for one call.',
  }),
  /** 0: never by itself. */
  checkIntervalS: setting('LEDGER_CHECK_INTERVAL_S', wholeNumber({ max: 7 * 86_400, unit: 'seconds' }), {
    default: 3600,
    about:
      'How often the oldest instance proves by itself that every account of our own ledger sums, and tells the metrics; it reads all of the ledger. 0: only when an admin asks for it.',
  }),
});

export type AccountingConfig = ConfigOf<typeof ACCOUNTING>;
