import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { refusalOf } from './token-refusal-reasons.js';

/** Of each reason: whoever sends bad tokens all day long must not fill the log with them. */
export const REFUSAL_LOG_INTERVAL_MS = 60_000;
/** Of anything that a token says. */
export const MAX_LOGGED_CLAIM_CHARACTERS = 200;

interface Noted {
  /** Epoch milliseconds. */
  readonly loggedAt: number;
  readonly since: number;
}

/** Tells operators why tokens are refused, once a minute for each reason and issuer; clients are never told. */
@Injectable()
export class TokenRefusals {
  /** By reason and issuer: as many as there are of both together. */
  private readonly noted = new Map<string, Noted>();

  constructor(
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  /** @param cause what the verification failed with; nothing when only the user is missing @param what was refused, as a sentence */
  note(cause: unknown, what = 'An access token was refused'): void {
    const { reason, ...details } = refusalOf(cause);
    const now = this.clock.now();
    const kind = `${what} ${reason} ${details.issuer ?? ''}`;
    const earlier = this.noted.get(kind);
    if (earlier !== undefined && now - earlier.loggedAt < REFUSAL_LOG_INTERVAL_MS) {
      this.noted.set(kind, { ...earlier, since: earlier.since + 1 });
      return;
    }
    this.noted.set(kind, { loggedAt: now, since: 0 });
    const fields = { reason, ...shortened(details), alike: earlier?.since ?? 0 };
    // Every client's token expires now and then: nobody need look at that.
    if (reason === 'expired') this.log.info(fields, what);
    else this.log.warn(fields, what);
  }
}

function shortened(details: object): Record<string, string> {
  const told = Object.entries(details).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    told.map(([name, value]) => [name, textOf(value).slice(0, MAX_LOGGED_CLAIM_CHARACTERS)]),
  );
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
