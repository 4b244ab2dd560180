import { FlushScheduler } from '../../src/chat/turn/flush-scheduler.js';
import { Heartbeats } from '../../src/chat/turn/heartbeats.js';
import type { StreamEnvironment } from '../../src/chat/turn/stream-environment.js';

/** What streams need of an instance, with a clock that stands still and nobody who is told anything; with these instead. */
export function streamEnvironment(changes: Partial<StreamEnvironment> = {}): StreamEnvironment {
  return {
    scheduler: new FlushScheduler(),
    heartbeats: new Heartbeats(60_000, () => 0),
    heartbeatIntervalMs: 60_000,
    now: () => 0,
    countReader: () => undefined,
    readerFailed: () => undefined,
    ...changes,
  };
}
