import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { BusFailure, InstanceBus } from '../../../cluster/instance-bus.port.js';
import { Latch } from '../../../platform/latch.js';
import { StructuredLog } from '../../../platform/logging/structured-log.port.js';
import { BEAT, RepeatingTask } from '../../../platform/repeating-task.js';
import type { TurnRecord } from '../../records/turn.js';
import { TurnStore } from '../../records/turn.store.port.js';
import { RemoteReaders } from '../log/running-streams.port.js';
import { StoredStreams } from '../log/stored-streams.service.js';
import type { TurnStream } from '../log/turn-stream.js';
import {
  batchesOf,
  FEED_TOPICS,
  feedNumbersIn,
  feedMessagesIn,
  type FollowAnswer,
  type FollowRequest,
} from './feed-messages.js';
import { FeedReader, type FeedEnd } from './feed-reader.js';
import { FollowedTurn, type AppendAt } from './followed-turn.js';
import { ALIVE_INTERVAL_MS } from './turn-feeds.service.js';

/** An owner that has not answered by then is followed over the database meanwhile. */
const OWNER_ANSWERS_WITHIN_MS = 500;
const CHECK_INTERVAL_MS = 250;
/** Three signs of life that have not come. */
const SILENT_AFTER_MS = 3 * ALIVE_INTERVAL_MS;
/** How many checks pass between two signs of life of our own. */
const CHECKS_PER_SIGN = 8;

/** The turns of other instances that have readers here: one stream for each, however many read it. */
@Injectable()
export class FollowedTurns implements OnModuleInit, BeforeApplicationShutdown {
  private readonly turns = new Map<string, FollowedTurn>();
  private readonly feeds = new Map<number, FeedReader>();
  private readonly checks = new RepeatingTask(CHECK_INTERVAL_MS, () => this.check(), BEAT);
  private none = new Latch();
  private isLeaving = false;
  private lastFeed = 0;
  private checked = 0;

  constructor(
    private readonly bus: InstanceBus,
    private readonly stored: StoredStreams,
    private readonly store: TurnStore,
    private readonly readers: RemoteReaders,
    private readonly log: StructuredLog,
  ) {}

  onModuleInit(): void {
    this.bus.listen(FEED_TOPICS.feed, (messages) => {
      for (const message of feedMessagesIn(messages)) this.feeds.get(message.feed)?.take(message);
    });
    this.bus.listen(FEED_TOPICS.alive, (numbers) => {
      for (const [feed, number] of feedNumbersIn(numbers)) this.feeds.get(feed)?.heard(number);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.checks.stop();
  }

  /** How many turns of other instances have readers here. */
  get count(): number {
    return this.turns.size;
  }

  /** Resolves when none has, at once if that is so now. */
  async whenNone(): Promise<void> {
    if (this.turns.size === 0) return;
    this.none = new Latch();
    await this.none.wait();
  }

  /** Ends every stream, and those that are opened from now on, without the turn's end. */
  leaveAll(): void {
    this.isLeaving = true;
    for (const followed of this.turns.values()) followed.leave();
  }

  /** This user's readers get no more of what was said, only how it ends. */
  cutOff(userId: string): void {
    for (const followed of this.turns.values()) if (followed.isOf(userId)) followed.stream.cutOff();
  }

  /** What was said in these turns is deleted: nobody reads it here any more. */
  erase(turnIds: readonly string[]): void {
    for (const turnId of turnIds) this.turns.get(turnId)?.stream.erase();
  }

  /** The stream of a turn that runs on another instance. One that ends without the turn's end is one to come back to, with the position reached. */
  open(turn: TurnRecord): TurnStream {
    const known = this.turns.get(turn.id);
    if (known !== undefined) {
      known.expectReader();
      return known.stream;
    }
    const followed = this.newFollowed(turn);
    this.turns.set(turn.id, followed);
    if (this.isLeaving) followed.leave();
    void this.follow(turn, followed);
    return followed.stream;
  }

  /** Never rejects. */
  private async follow({ id }: TurnRecord, followed: FollowedTurn): Promise<void> {
    try {
      await followed.run();
    } catch (error) {
      this.log.warn({ turnId: id, err: error }, 'A turn that runs elsewhere could not be followed');
    } finally {
      this.turns.delete(id);
      if (this.turns.size === 0) this.none.open();
    }
  }

  private newFollowed(turn: TurnRecord): FollowedTurn {
    let current: FeedReader | undefined;
    const { stored, store, readers } = this;
    const line = {
      follow: async (owner: string, after: number, append: AppendAt) => {
        const feed = ++this.lastFeed;
        current = new FeedReader(owner, append, () => this.sayKept(owner, [feed]));
        try {
          return await this.readFeed({ turnId: turn.id, after, feed }, current);
        } finally {
          current = undefined;
        }
      },
      leave: () => current?.end('unread'),
    };
    return new FollowedTurn(turn, { stored, store, readers, line });
  }

  private async readFeed(request: FollowRequest, reader: FeedReader): Promise<FeedEnd | 'unreachable'> {
    if (this.bus.state !== 'up') return 'unreachable';
    const { feed } = request;
    this.feeds.set(feed, reader);
    this.checks.start();
    try {
      if (!(await this.ask(reader.owner, request)) && !reader.hasProgressed) return 'unreachable';
      const end = await reader.ended;
      if (end !== 'done') this.bus.send(reader.owner, FEED_TOPICS.unfollow, feed);
      return end;
    } finally {
      this.feeds.delete(feed);
    }
  }

  private async ask(owner: string, request: FollowRequest): Promise<boolean> {
    try {
      const answer = await this.bus.request(owner, FEED_TOPICS.follow, request, OWNER_ANSWERS_WITHIN_MS);
      return (answer as FollowAnswer | null)?.found === true;
    } catch (error) {
      if (error instanceof BusFailure) return false;
      throw error;
    }
  }

  /** One look at all feeds: whose owner has fallen silent, and who is to be told that we are there. */
  private check(): Promise<void> {
    const silentSince = performance.now() - SILENT_AFTER_MS;
    const isDown = this.bus.state !== 'up';
    for (const reader of [...this.feeds.values()])
      if (isDown || reader.heardAt < silentSince) reader.end('lost');
    this.checked += 1;
    if (this.checked % CHECKS_PER_SIGN === 0) this.sayKeptToAll();
    if (this.feeds.size === 0) void this.checks.stop();
    return Promise.resolve();
  }

  private sayKeptToAll(): void {
    const byOwner = new Map<string, number[]>();
    for (const [feed, { owner }] of this.feeds) {
      const feeds = byOwner.get(owner) ?? [];
      feeds.push(feed);
      byOwner.set(owner, feeds);
    }
    for (const [owner, feeds] of byOwner) this.sayKept(owner, feeds);
  }

  private sayKept(owner: string, feeds: readonly number[]): void {
    const numbers = feeds.flatMap((feed): [number, number][] => {
      const reader = this.feeds.get(feed);
      return reader === undefined ? [] : [[feed, reader.noteTold()]];
    });
    for (const batch of batchesOf(numbers)) this.bus.send(owner, FEED_TOPICS.keep, batch);
  }
}
