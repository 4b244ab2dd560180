import { setTimeout as delay } from 'node:timers/promises';
import { Api, ApiError } from '../../faults/api.js';
import { PASSING_STATUSES } from '../../faults/client.js';

const RETRY_PAUSE_MS = 100;
const PATIENCE_MS = 60_000;

/** Asks again when an instance or its way to the database goes: for calls that may be made twice. */
export class PatientApi extends Api {
  override async call<T>(...asked: Parameters<Api['call']>): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await super.call<T>(...asked);
      } catch (error) {
        const passes = !(error instanceof ApiError) || PASSING_STATUSES.includes(error.status);
        if (!passes || performance.now() > deadline) throw error;
        await delay(RETRY_PAUSE_MS);
      }
    }
  }
}
