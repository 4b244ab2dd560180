import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { InstanceId } from '../../cluster/instance-id.js';
import { AppConfig } from '../../config/app-config.js';
import { isDatabaseExclusive } from '../../config/exclusive-database.js';
import { Clock } from '../../platform/clock.port.js';
import { newId } from '../../platform/ids.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../../platform/repeating-task.js';
import { HistoryStore } from '../records/history.store.port.js';
import { rest } from './rest.js';
import {
  SearchIndexStore,
  type AnswerAt,
  type CatchUpState,
  type OwnedMessage,
} from './search-index.store.port.js';
import { SearchIndexer, INDEXED_PER_BATCH } from './search-indexer.service.js';
import { SearchQueue } from './search-queue.service.js';
import { SearchTitles } from './search-titles.service.js';
import { TERMS_VERSION } from './terms.js';

/** Mostly there is nothing to find: each instance sees to its own turns. */
const CATCH_UP_INTERVAL_MS = 3_600_000;
/** Answers looked at by one query. */
const ANSWERS_PER_BATCH = 500;
/** Whoever stops in the middle keeps others out for so long. */
const LEASE_MS = 120_000;
/** Turns that ended this long ago are in the index, or nobody has them in a queue any more. */
const SETTLED_FOR_MS = 600_000;

/**
 * Finds what is not in the index though it should be: what a process that died had not come to, and everything of before there was an index. It goes through
 * the answers of all users by their ids, one instance at a time, and rests as long as it works.
 */
@Injectable()
export class SearchCatchUp implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly passes = new RepeatingTask(CATCH_UP_INTERVAL_MS, () => this.pass());
  private readonly stopping = new AbortController();

  constructor(
    private readonly config: AppConfig,
    private readonly instance: InstanceId,
    private readonly store: SearchIndexStore,
    private readonly history: HistoryStore,
    private readonly indexer: SearchIndexer,
    private readonly titles: SearchTitles,
    private readonly queue: SearchQueue,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  onApplicationBootstrap(): void {
    this.passes.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.passes.stop();
  }

  /** Runs now, or waits for the run that is under way. */
  run(): Promise<void> {
    return this.passes.runNow();
  }

  /** Never rejects: the next pass goes on where this one has failed. */
  private async pass(): Promise<void> {
    try {
      let added = 0;
      do added += await this.goThrough();
      while (this.queue.hasLost() && !this.stopping.signal.aborted);
      if (added > 0) this.log.info({ turns: added }, 'What was said before is found now');
    } catch (error) {
      this.log.warn({ err: error }, 'Looking for what is not found was cut short; the next pass goes on');
    }
  }

  /** @returns how many turns have got an entry */
  private async goThrough(): Promise<number> {
    const { id: owner } = this.instance;
    // Whoever had a database of our own is gone.
    const lapsedBy = isDatabaseExclusive(this.config) ? this.leaseEnd() : new Date(this.clock.now());
    const taken = await this.store.takeCatchUp(owner, lapsedBy, this.leaseEnd());
    const state = taken && (await this.ofOurTerms(owner, taken));
    if (state === undefined) return 0;
    const settledBefore = await this.settledBefore();
    let added = 0;
    let from = state.upTo ?? '';
    for (let isMore = true; isMore && !this.stopping.signal.aborted;) {
      const beganAt = performance.now();
      const answers = await this.store.answersAfter(from, ANSWERS_PER_BATCH);
      added += await this.addMissing(answers, state.remadeBefore);
      isMore = answers.length === ANSWERS_PER_BATCH;
      from = answers.at(-1)?.answerId ?? from;
      // What was safe once stays so.
      const upTo = [state.upTo ?? '', from < settledBefore ? from : settledBefore].sort()[1];
      if (!(await this.store.advanceCatchUp(owner, upTo, this.leaseEnd()))) return added;
      if (isMore) await rest(performance.now() - beganAt, this.stopping.signal);
    }
    await this.store.advanceCatchUp(owner, undefined, new Date(this.clock.now()));
    return added;
  }

  /** What was made by another version finds something else: all of it is made anew, once. @returns undefined when it is not ours any more */
  private async ofOurTerms(owner: string, state: CatchUpState): Promise<CatchUpState | undefined> {
    if (state.terms === TERMS_VERSION) return state;
    const remadeBefore = newId(this.clock.now());
    const isOurs = await this.store.beginAnew(owner, TERMS_VERSION, remadeBefore);
    return isOurs ? { terms: TERMS_VERSION, remadeBefore } : undefined;
  }

  private async addMissing(answers: readonly AnswerAt[], remadeBefore = ''): Promise<number> {
    if (answers.length === 0) return 0;
    const known = await this.store.indexed(answers.map(({ turn }) => turn));
    const isStale = ({ answerId, turn }: AnswerAt): boolean => known.has(turn.id) && answerId < remadeBefore;
    const missing = answers.filter((answer) => !known.has(answer.turn.id) || isStale(answer));
    for (let at = 0; at < missing.length && !this.stopping.signal.aborted; at += INDEXED_PER_BATCH) {
      const batch = missing.slice(at, at + INDEXED_PER_BATCH);
      const stale = batch.filter(isStale).map(({ turn }) => turn);
      if (stale.length > 0) await this.store.remove(stale);
      const messages = await this.indexer.index(batch.map(({ turn }) => turn));
      await this.addTitles(batch, messages);
    }
    return missing.length;
  }

  /** Of sessions that were named before there was an index. */
  private async addTitles(answers: readonly AnswerAt[], messages: readonly OwnedMessage[]): Promise<void> {
    const questions = new Map(messages.map(({ message }) => [message.id, message.content]));
    for (const { turn, isFirst } of answers) {
      if (!isFirst) continue;
      const session = await this.history.findSession(turn.userId, turn.sessionId);
      const question = questions.get(turn.messageIds[0] ?? '') ?? '';
      const isNamed = session !== undefined && !question.startsWith(session.topic.replace(/\.\.\.$/, ''));
      if (isNamed) await this.titles.put(session);
    }
  }

  /** The least id that an answer may have which is not stored yet, or not indexed by its own instance. */
  private async settledBefore(): Promise<string> {
    const now = this.clock.now();
    const oldest = (await this.store.oldestRunning())?.getTime() ?? now;
    return newId(Math.min(oldest, now) - SETTLED_FOR_MS);
  }

  private leaseEnd(): Date {
    return new Date(this.clock.now() + LEASE_MS);
  }
}
