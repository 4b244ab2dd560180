import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InstanceBus } from '../../../cluster/instance-bus.port.js';
import { RepeatingTask, BEAT } from '../../../platform/repeating-task.js';
import { RunningStreams } from '../log/running-streams.port.js';
import {
  batchesOf,
  FEED_TOPICS,
  feedNumbersIn,
  isFollowRequest,
  type FollowAnswer,
} from './feed-messages.js';
import { FeedOutbox } from './feed-outbox.js';
import { TurnFeed } from './turn-feed.js';

/** What a turn says within so long goes to a follower as one message, together with those of other turns. */
const MERGED_WITHIN_MS = 25;
/** How often followers are told that there is nothing new: after three that do not come they look elsewhere. */
export const ALIVE_INTERVAL_MS = 500;
/** A follower that has not said for so long that it is there is gone. */
const FOLLOWER_LAPSES_AFTER_MS = 8000;
/** As many turns as other instances may follow here; beyond it they follow over the database. */
const MAX_FEEDS = 50_000;

interface OpenFeed {
  readonly feed: TurnFeed;
  readonly number: number;
  readonly follower: string;
  /** As `performance.now()`. */
  keptAt: number;
  readonly stop: () => void;
}

/** The turns of this instance that readers of other instances follow. While there are none it does nothing at all. */
@Injectable()
export class TurnFeeds implements OnModuleInit, BeforeApplicationShutdown {
  private readonly feeds = new Map<string, OpenFeed>();
  private readonly beats = new RepeatingTask(ALIVE_INTERVAL_MS, () => this.beat(), BEAT);
  private readonly outbox: FeedOutbox;
  private paused = new Set<TurnFeed>();
  private pauseTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: InstanceBus,
    private readonly running: RunningStreams,
  ) {
    this.outbox = new FeedOutbox((follower, messages) => bus.send(follower, FEED_TOPICS.feed, messages));
  }

  onModuleInit(): void {
    this.bus.answer(FEED_TOPICS.follow, (request, from) => Promise.resolve(this.follow(request, from)));
    this.bus.listen(FEED_TOPICS.keep, (numbers, from) => this.keep(numbers, from));
    this.bus.listen(FEED_TOPICS.unfollow, (feed, from) => this.feeds.get(keyOf(from, feed))?.stop());
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.pauseTimer);
    await this.beats.stop();
  }

  private follow(request: unknown, follower: string): FollowAnswer {
    if (!isFollowRequest(request) || this.feeds.size >= MAX_FEEDS) return { found: false };
    const stream = this.running.streamOf(request.turnId);
    if (stream === undefined) return { found: false };
    const key = keyOf(follower, request.feed);
    const feed = new TurnFeed(request.feed, {
      send: (message, characters) => this.outbox.add(follower, message, characters),
      pause: (paused) => this.pause(paused),
      close: () => this.feeds.get(key)?.stop(),
    });
    this.feeds.get(key)?.stop();
    let unsubscribe = (): void => undefined;
    const open: OpenFeed = {
      feed,
      number: request.feed,
      follower,
      keptAt: performance.now(),
      stop: () => {
        this.feeds.delete(key);
        this.paused.delete(feed);
        unsubscribe();
      },
    };
    this.feeds.set(key, open);
    // What it has goes out within this call, and the feed of a turn that has ended is over by then.
    unsubscribe = stream.subscribe(feed, feed, request.after);
    if (this.feeds.get(key) !== open) unsubscribe();
    this.beats.start();
    return { found: true };
  }

  private keep(numbers: unknown, follower: string): void {
    const now = performance.now();
    for (const [number, received] of feedNumbersIn(numbers)) {
      const open = this.feeds.get(keyOf(follower, number));
      if (open === undefined) continue;
      open.keptAt = now;
      open.feed.keep(received);
    }
  }

  /** One timer for all that pause. */
  private pause(feed: TurnFeed): void {
    this.paused.add(feed);
    this.pauseTimer ??= setTimeout(() => {
      this.pauseTimer = undefined;
      const paused = this.paused;
      this.paused = new Set();
      for (const one of paused) one.proceed();
    }, MERGED_WITHIN_MS).unref();
  }

  private beat(): Promise<void> {
    const lapsedBefore = performance.now() - FOLLOWER_LAPSES_AFTER_MS;
    const byFollower = new Map<string, [number, number][]>();
    for (const { feed, number, follower, keptAt, stop } of [...this.feeds.values()]) {
      if (keptAt < lapsedBefore) {
        stop();
        continue;
      }
      const numbers = byFollower.get(follower) ?? [];
      numbers.push([number, feed.lastNumber]);
      byFollower.set(follower, numbers);
    }
    for (const [follower, numbers] of byFollower)
      for (const batch of batchesOf(numbers)) this.bus.send(follower, FEED_TOPICS.alive, batch);
    if (this.feeds.size === 0) void this.beats.stop();
    return Promise.resolve();
  }
}

function keyOf(follower: string, feed: unknown): string {
  return `${follower} ${String(feed)}`;
}
