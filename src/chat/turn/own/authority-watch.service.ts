import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { ContinuedAccess } from '../../../auth/continued-access.service.js';
import { ChatflowAccess } from '../../../chatflows/chatflow-access.port.js';
import { ChatflowRegistry } from '../../../chatflows/chatflow-registry.port.js';
import { ChangeFeed } from '../../../cluster/change-feed.service.js';
import { InstanceBus } from '../../../cluster/instance-bus.port.js';
import { AppConfig } from '../../../config/app-config.js';
import { isDatabaseExclusive } from '../../../config/exclusive-database.js';
import { isFor } from '../../../contract/principal.js';
import { StructuredLog } from '../../../platform/logging/structured-log.port.js';
import { BEAT, RepeatingTask } from '../../../platform/repeating-task.js';
import { OpenReadings, type OpenReading } from '../log/open-readings.service.js';
import type { LiveTurn } from '../run/live-turn.js';
import { LiveTurns } from '../run/live-turns.js';
import { byAuthority, isConcerned, WATCHED_KINDS, type Change, type Resting } from './resting-streams.js';

/** How often everything is looked at that goes on here, while nobody says what has changed elsewhere, or after the database could not be asked. */
const SWEEP_INTERVAL_MS = 1000;
/** More changes than that between two looks count as one of everything. */
const MAX_PENDING_CHANGES = 1000;
/** Look-ups of authorities under way; most are answered by the caches. */
const LOOKUPS_AT_ONCE = 50;

type Verdict = 'goes-on' | 'ends' | 'ends-for-user';

/**
 * Ends turns and readings here whose authority was taken away meanwhile: a revoked key, a chatflow that is gone or not for its asker any more, a disabled user. It looks when
 * something has changed, here or elsewhere, at those that the change may concern; where nobody would say so, once a second at all, through the caches
 * and within their staleness. Whatever begins is looked at once, because the change may have come while it was being admitted. Nothing is done while tokens stream.
 */
@Injectable()
export class AuthorityWatch implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sweeps = new RepeatingTask(SWEEP_INTERVAL_MS, () => this.sweep(), BEAT);
  private pending: Change[] = [];
  private looking: Promise<void> | undefined;
  /** Since the database could not be asked. */
  private isOwed = false;

  constructor(
    private readonly access: ContinuedAccess,
    private readonly chatflows: ChatflowRegistry,
    private readonly rules: ChatflowAccess,
    private readonly changes: ChangeFeed,
    private readonly bus: InstanceBus,
    private readonly live: LiveTurns,
    private readonly readings: OpenReadings,
    private readonly config: AppConfig,
    private readonly log: StructuredLog,
  ) {}

  onModuleInit(): void {
    for (const kind of WATCHED_KINDS) this.changes.onChange(kind, (key) => this.note({ kind, key }));
    this.readings.onOpened((reading) => {
      // Its turn has been looked at a moment before, and while that runs its end is this reader's.
      if (!reading.hasBegunIt || reading.stream.isEnded) void this.judgeOne(restingReading(reading));
    });
  }

  onApplicationBootstrap(): void {
    this.sweeps.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.sweeps.stop();
    await this.looking;
  }

  /** To be called when a turn runs: what it was admitted by may have changed since it was asked. */
  begun(turn: LiveTurn): void {
    for (const resting of restingTurn(turn)) void this.judgeOne(resting);
  }

  private note(change: Change): void {
    if (this.live.count === 0 && this.readings.count === 0) return;
    if (this.pending.length >= MAX_PENDING_CHANGES) this.pending = [{ kind: change.kind, key: undefined }];
    this.pending.push(change);
    this.looking ??= this.look();
  }

  /** Never rejects. */
  private async look(): Promise<void> {
    // The caches have heard of the change by then.
    await Promise.resolve();
    while (this.pending.length > 0) {
      const changes = this.pending;
      this.pending = [];
      await this.judge(this.all().filter((one) => isConcerned(one, changes)));
    }
    // In the same step as the last look at what is pending: what comes from now on begins another.
    this.looking = undefined;
  }

  /** Never rejects. */
  private async sweep(): Promise<void> {
    const isTold = this.bus.state === 'up' || isDatabaseExclusive(this.config);
    if (isTold && !this.isOwed) return;
    this.isOwed = false;
    await this.judge(this.all());
  }

  /** Turns first: where a turn ends, its readers here are told by its end. */
  private all(): Resting[] {
    return [...this.live.all().flatMap(restingTurn), ...[...this.readings.all()].map(restingReading)];
  }

  /** Never rejects. */
  private async judge(resting: readonly Resting[]): Promise<void> {
    const groups = byAuthority(resting);
    for (let start = 0; start < groups.length; start += LOOKUPS_AT_ONCE) {
      const verdicts = await Promise.all(
        groups
          .slice(start, start + LOOKUPS_AT_ONCE)
          .map(async (group) => [group, await this.verdictOn(group[0])] as const),
      );
      for (const [group, verdict] of verdicts) for (const one of group) carryOut(verdict, one);
    }
  }

  /** Never rejects. */
  private async judgeOne(one: Resting): Promise<void> {
    carryOut(await this.verdictOn(one), one);
  }

  /** What can't be found out goes on, and is looked at again. */
  private async verdictOn(one: Resting): Promise<Verdict> {
    try {
      return await this.verdict(one);
    } catch (error) {
      this.isOwed = true;
      this.log.warn(
        { userId: one.principal.userId, err: error },
        'Whether a stream may go on could not be found out',
      );
      return 'goes-on';
    }
  }

  private async verdict({ kind, principal: began, chatflowId }: Resting): Promise<Verdict> {
    const now = await this.access.of(began);
    if (now.kind === 'user-revoked') return 'ends-for-user';
    if (now.kind === 'credential-revoked' || !isFor(now.principal, chatflowId)) return 'ends';
    // What was said is the user's to read, whatever they may ask by now.
    if (kind === 'reading') return 'goes-on';
    const chatflow = await this.chatflows.find(chatflowId);
    if (chatflow === undefined) return 'ends';
    return (await this.rules.mayUse(now.principal, chatflow)) ? 'goes-on' : 'ends';
  }
}

function carryOut(verdict: Verdict, one: Resting): void {
  if (verdict !== 'goes-on') one.end(verdict === 'ends-for-user');
}

function restingTurn(turn: LiveTurn): Resting[] {
  const { askedBy: principal, record } = turn;
  if (principal === undefined) return [];
  const end = (): void => turn.abort('access-revoked');
  return [{ kind: 'turn', principal, chatflowId: record.chatflowId, end }];
}

function restingReading({ principal, chatflowId, stream, refuse }: OpenReading): Resting {
  const end = (wholeUser: boolean): void => {
    // Then the turn ends as well, wherever it runs, and its end comes here.
    if (wholeUser && !stream.isEnded) stream.cutOff();
    else refuse();
  };
  return { kind: 'reading', principal, chatflowId, end };
}
