import { LRUCache } from 'lru-cache';
import type { LiveTurn } from './live-turn.js';
import type { RunningStreams } from '../log/running-streams.port.js';
import type { TurnStream } from '../log/turn-stream.js';
import type { TurnRecord } from '../../records/turn.js';

/** How long the log of an ended turn can be replayed exactly as it was live. */
const LINGER_MS = 60_000;
const LINGERING_TURNS = 1000;
/** All lingering answers together: their characters, of two bytes at worst. Others are read back from the store. */
const LINGERING_CHARACTERS = 32 * 1024 * 1024;

/** The turns of this instance: those that run, and the streams of those that ended a moment ago. */
export class LiveTurns implements RunningStreams {
  private readonly running = new Map<string, LiveTurn>();
  /** Each session runs one. */
  private readonly bySession = new Map<string, LiveTurn>();
  /** Of those that run: their end is stored, and was deleted before this instance knew of it. */
  private readonly erased = new Set<string>();
  private readonly perUser = new Map<string, number>();
  private taken = 0;
  private readonly ended = new LRUCache<string, { readonly stream: TurnStream; readonly userId: string }>({
    max: LINGERING_TURNS,
    ttl: LINGER_MS,
    maxSize: LINGERING_CHARACTERS,
    sizeCalculation: ({ stream: { log } }) => Math.max(log.size, 1),
  });

  get count(): number {
    return this.running.size;
  }

  /** Whether turns run, or requests are being admitted that may become turns. */
  get isBusy(): boolean {
    return this.running.size > 0 || this.taken > 0;
  }

  /** Places that are taken: by turns that run, and by requests that are being admitted. A limit counts these, or many at once all pass it. */
  get places(): number {
    return this.taken;
  }

  /** The places of one user. */
  countOf(userId: string): number {
    return this.perUser.get(userId) ?? 0;
  }

  /** Those that run, in the order of their beginnings; the list is the caller's. */
  all(): LiveTurn[] {
    return [...this.running.values()];
  }

  find(turnId: string): LiveTurn | undefined {
    return this.running.get(turnId);
  }

  runningIn(userId: string, sessionId: string): LiveTurn | undefined {
    return this.bySession.get(sessionOf({ userId, sessionId }));
  }

  /** The stream of a turn that runs here or ended here a moment ago. */
  streamOf(turnId: string): TurnStream | undefined {
    return this.running.get(turnId)?.stream ?? this.ended.get(turnId)?.stream;
  }

  /** Reserves a place among the user's running turns. @returns gives it back, once */
  reserve(userId: string): () => void {
    this.perUser.set(userId, this.countOf(userId) + 1);
    this.taken += 1;
    let reserved = true;
    return () => {
      if (!reserved) return;
      reserved = false;
      this.taken -= 1;
      const left = this.countOf(userId) - 1;
      if (left > 0) this.perUser.set(userId, left);
      else this.perUser.delete(userId);
    };
  }

  add(turn: LiveTurn): void {
    this.running.set(turn.record.id, turn);
    this.bySession.set(sessionOf(turn.record), turn);
  }

  /** The turn has ended and is stored. */
  retire(turn: LiveTurn): void {
    const isErased = this.erased.has(turn.record.id);
    this.forget(turn);
    if (isErased) turn.stream.erase();
    else this.ended.set(turn.record.id, { stream: turn.stream, userId: turn.record.userId });
  }

  /** The turn no longer runs here and its end is not known; what its stream has said must not pass for all of it. */
  forget(turn: LiveTurn): void {
    this.running.delete(turn.record.id);
    this.erased.delete(turn.record.id);
    const session = sessionOf(turn.record);
    if (this.bySession.get(session) === turn) this.bySession.delete(session);
  }

  /** What was said in these turns is deleted: nobody reads it here any more. */
  erase(turnIds: readonly string[]): void {
    for (const turnId of turnIds) {
      if (this.running.has(turnId)) this.erased.add(turnId);
      this.ended.get(turnId)?.stream.erase();
      this.ended.delete(turnId);
    }
  }

  /** Readers of this user's ended turns that have not taken all of them get no more. */
  cutOff(userId: string): void {
    for (const { stream, userId: reader } of this.ended.values()) if (reader === userId) stream.letGo();
  }

  /** Resolves when no turn runs any more. */
  async whenIdle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.all().map((turn) => turn.settled.wait()));
  }
}

function sessionOf({ userId, sessionId }: Pick<TurnRecord, 'userId' | 'sessionId'>): string {
  return `${userId} ${sessionId}`;
}
