import { Injectable } from '@nestjs/common';
import type { Principal } from '../contract/principal.js';
import { Clock } from '../platform/clock.port.js';
import { errors } from '../platform/errors/errors.js';
import { bucketsKeyOf } from './buckets-key.js';
import { CachedChatflowRegistry } from './cached-chatflow-registry.service.js';
import { ChatflowAccess } from './chatflow-access.port.js';
import { MAX_RETENTION_DAYS, type Chatflow } from './chatflow.js';
import { canMakeTitles } from './title-rules.js';
import { RetiredChatflowStore } from './retired-chatflow.store.port.js';
import { ChatflowStore, sameBuckets, type ChatflowSettings } from './chatflow.store.port.js';

/** How many chatflows are read at once while looking for those that the caller may use. */
const READ_AT_ONCE = 200;
const DAY_MS = 24 * 3600_000;
/** For so long a session of a deleted chatflow that is gone on with still goes by it: as long as the longest retention there is. */
const RETIRED_FOR_MS = MAX_RETENTION_DAYS * DAY_MS;

export interface ChatflowPage {
  readonly chatflows: readonly Chatflow[];
  /** Where the next page begins; `undefined` at the end. */
  readonly next: string | undefined;
}

/** Lists chatflows and lets admins change them. */
@Injectable()
export class ChatflowsService {
  constructor(
    private readonly store: ChatflowStore,
    private readonly registry: CachedChatflowRegistry,
    private readonly access: ChatflowAccess,
    private readonly retired: RetiredChatflowStore,
    private readonly clock: Clock,
  ) {}

  /** @returns the chatflows that the caller may use, in the order of their ids */
  async listFor(principal: Principal, after: string | undefined, limit: number): Promise<ChatflowPage> {
    const usable: Chatflow[] = [];
    let cursor = after;
    // One more than asked for tells whether there is a next page.
    while (usable.length <= limit) {
      const read = await this.store.list(cursor, READ_AT_ONCE);
      for (const chatflow of read) if (await this.access.mayUse(principal, chatflow)) usable.push(chatflow);
      if (read.length < READ_AT_ONCE) break;
      cursor = read.at(-1)?.id;
    }
    const chatflows = usable.slice(0, limit);
    return { chatflows, next: usable.length > limit ? chatflows.at(-1)?.id : undefined };
  }

  /**
   * Creates or replaces a chatflow; it counts here at once. Version 1 means that it is new.
   *
   * Only admins get here, and that matters: `upstream.baseUrl` decides which address this server calls, addresses inside its own network included.
   * It is not filtered, because upstreams commonly live there.
   * @throws AppError `validation_failed` when the fallback is the chatflow itself or doesn't exist, or who names its sessions can't, `conflict` when another chatflow has the same buckets
   */
  async put(id: string, settings: ChatflowSettings): Promise<Chatflow> {
    await this.checkFallback(id, settings.fallback);
    await this.checkTitle(id, settings);
    await this.checkBuckets(id, settings.upstream.bucketIds);
    try {
      return await this.store.put(id, settings, new Date(this.clock.now()));
    } finally {
      this.registry.invalidate(id);
    }
  }

  /**
   * A chatflow whose fallback is removed simply has none. The sessions in which it was asked stay for as long as it would have kept them.
   * @throws AppError `not_found`
   */
  async remove(id: string): Promise<void> {
    try {
      for (;;) {
        const found = await this.store.find(id);
        if (found === undefined) throw errors.notFound('The chatflow');
        await this.keepRetention(found);
        // One that was changed meanwhile may keep its sessions for another time.
        if (await this.store.remove(found)) return;
      }
    } finally {
      this.registry.invalidate(id);
    }
  }

  /** Before the chatflow goes: as long as it is there, what it says itself counts. */
  private async keepRetention({ id, retentionDays }: Chatflow): Promise<void> {
    if (retentionDays === undefined) return this.retired.remove(id);
    const now = this.clock.now();
    const expiresAt = new Date(now + retentionDays * DAY_MS + RETIRED_FOR_MS);
    await this.retired.put({ id, retentionDays, deletedAt: new Date(now), expiresAt });
  }

  /**
   * Storm's clients name a chatflow by its buckets. The store refuses the same ones twice; this finds those that it has not looked at yet, and
   * has a name for the message.
   */
  private async checkBuckets(id: string, bucketIds: readonly string[] | undefined): Promise<void> {
    const wanted = bucketsKeyOf(bucketIds);
    if (wanted === undefined) return;
    for (let cursor: string | undefined; ;) {
      const read = await this.store.list(cursor, READ_AT_ONCE);
      const same = read.find((other) => other.id !== id && bucketsKeyOf(other.upstream.bucketIds) === wanted);
      if (same !== undefined) throw sameBuckets(same.id);
      if (read.length < READ_AT_ONCE) return;
      cursor = read.at(-1)?.id;
    }
  }

  private async checkTitle(id: string, settings: ChatflowSettings): Promise<void> {
    if (settings.title === undefined) return;
    const { chatflow } = settings.title;
    const maker = chatflow === id ? settings : await this.store.find(chatflow);
    const message =
      maker === undefined
        ? 'must be an existing chatflow'
        : 'must be a chatflow of provider flowise, or of openai without upstream.tools';
    if (maker === undefined || !canMakeTitles(maker))
      throw errors.validation([{ field: 'title.chatflow', message }]);
  }

  private async checkFallback(id: string, fallback: string | undefined): Promise<void> {
    if (fallback === undefined) return;
    if (fallback === id)
      throw errors.validation([{ field: 'fallback', message: 'must be another chatflow' }]);
    if ((await this.store.find(fallback)) === undefined) {
      throw errors.validation([{ field: 'fallback', message: 'must be an existing chatflow' }]);
    }
  }
}
