import type { AppConfig } from '../../../config/app-config.js';
import type { HistoryStore } from '../../records/history.store.port.js';
import { SessionQuota } from './session-quota.service.js';

const LIMIT = 5;

/** Sessions that are counted when the test says so: before the count, and before its answer. */
class CountedSessions {
  stored = 0;
  counts = 0;
  readonly waiting: (() => void)[] = [];
  isHeld = false;

  async countSessions(_userId: string, max: number): Promise<number> {
    this.counts += 1;
    if (this.isHeld) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return Math.min(this.stored, max);
  }

  /** Lets the next count go on. */
  async answer(): Promise<void> {
    while (this.waiting.length === 0) await Promise.resolve();
    this.waiting.shift()?.();
  }
}

describe('SessionQuota', () => {
  const quotaOf = (sessions: CountedSessions) =>
    new SessionQuota(
      { limits: { sessionsPerUser: LIMIT } } as AppConfig,
      sessions as unknown as HistoryStore,
      { now: () => 0 },
    );

  it('does not refuse because a session was stored while they were counted anew', async () => {
    const sessions = new CountedSessions();
    const quota = quotaOf(sessions);
    sessions.stored = LIMIT - 2;
    const isStored = await quota.reserve('ada');
    sessions.isHeld = true;
    // The half that one count allows is used up: it is counted once more, and the first session is stored meanwhile.
    const second = quota.reserve('ada');
    while (sessions.waiting.length === 0) await Promise.resolve();
    sessions.stored += 1;
    isStored();
    await sessions.answer();
    await sessions.answer();
    await second;
    sessions.isHeld = false;
    await expect(quota.reserve('ada')).rejects.toMatchObject({ code: 'quota_exceeded' });
  });

  it('counts a session that is not stored yet, however often it is counted', async () => {
    const sessions = new CountedSessions();
    const quota = quotaOf(sessions);
    sessions.stored = LIMIT - 1;
    const isOver = await quota.reserve('ada');
    await expect(quota.reserve('ada')).rejects.toMatchObject({ code: 'quota_exceeded' });
    await expect(quota.reserve('ada')).rejects.toMatchObject({ code: 'quota_exceeded' });
    // It was not stored after all.
    isOver();
    await quota.reserve('ada');
  });
});
