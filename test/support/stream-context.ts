import { FlushScheduler } from '../../src/chat/turn/log/flush-scheduler.js';
import { Heartbeats } from '../../src/chat/turn/log/heartbeats.js';
import type { StreamContext } from '../../src/chat/turn/log/stream-context.js';

/** What streams need of an instance, with a clock that stands still and nobody who is told anything; with these instead. */
export function streamContext(changes: Partial<StreamContext> = {}): StreamContext {
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
