import { setTimeout as delay } from 'node:timers/promises';
import type { FlowiseDouble } from '../support/upstream/flowise-double/flowise-double.js';
import { serverMain } from '../support/server-process.js';
import type { AnswerScript } from './answers.js';
import { inParallel, type Api } from './api.js';
import type { Attempt } from './attempt.js';
import { DatabaseChecks } from './database-checks.js';
import type { Load } from './load.js';
import { CHATFLOWS, TURN_TIMEOUT_MS, type Population } from './population.js';
import { TurnChecks } from './turn-checks.js';
import { UpstreamChecks } from './upstream-checks.js';
import type { Violations } from './violations.js';

/** After this a turn that still runs is stuck, unless the world has more to do than one server. */
const RECOVERY_PATIENCE_MS = 20_000;
const RECOVERY_POLL_MS = 40;
/** Until the turns that are wanted must have been asked. */
const TURNS_PATIENCE_MS = 30 * 60_000;
/**
 * Deleted memories that are due are looked for when a server starts, and every half a minute. One that a server had taken when it was killed, or whose deletion was not answered
 * within five seconds, is due a minute later, the second time two: on a busy machine that can be the last thing before the end.
 */
const FORGETTING_PATIENCE_MS = 5 * 60_000;
const POLL_MS = 200;

export interface JudgedWorld {
  readonly api: Api;
  readonly people: Population;
  readonly upstream: FlowiseDouble;
  readonly script: AnswerScript;
  /** After this a turn that still runs is stuck, also on a busy machine. */
  readonly recoveryPatienceMs?: number;
  /** Servers are cut off from their database, in the midst of turns too. */
  readonly losesDatabase?: boolean;
}

/** Brings a load to rest and holds what its clients saw against what is stored. */
export class Judge {
  readonly checks: TurnChecks;
  private readonly upstreamChecks: UpstreamChecks;
  /** When the upstream had no more runs, behind the last time that all was at rest. */
  private idleAt = Promise.resolve(0);

  constructor(
    private readonly world: JudgedWorld,
    private readonly load: Load,
    private readonly violations: Violations,
  ) {
    const { api, script, upstream, losesDatabase } = world;
    this.checks = new TurnChecks(api, load.sessions, script, violations, CHATFLOWS, losesDatabase);
    this.upstreamChecks = new UpstreamChecks(upstream, load.asked, violations);
  }

  /** Turns that have been asked. */
  get asked(): number {
    const { checks, load } = this;
    return checks.turns + new Set(load.finished.flatMap(({ turnId }) => turnId ?? [])).size;
  }

  async waitForTurns(turns: number): Promise<void> {
    const deadline = performance.now() + TURNS_PATIENCE_MS;
    while (this.asked < turns) {
      if (performance.now() > deadline) {
        this.violations.add('other', 'the turns that are wanted do not come');
        return;
      }
      await delay(POLL_MS);
    }
  }

  /** Lets clients only come back to their turns, until nothing of those that there are runs. @param since as `performance.now()` */
  async waitForRest(since: number): Promise<void> {
    const { load } = this;
    load.phases.enter('recovering');
    // What is asked now may still begin a turn.
    while (load.client.unanswered > 0) await delay(RECOVERY_POLL_MS);
    const left = [...load.underWay, ...load.finished].filter(({ turnId }) => turnId !== undefined);
    while (!(await this.isAtRest(left))) {
      if (performance.now() - since > (this.world.recoveryPatienceMs ?? RECOVERY_PATIENCE_MS)) {
        this.violations.add('stuck hold', 'turns are still running that must have ended', left.slice(0, 3));
        break;
      }
      await delay(RECOVERY_POLL_MS);
    }
    this.idleAt = this.world.upstream.whenIdle().then(() => performance.now());
  }

  /** No user has credits on hold and none of these turns runs. */
  private async isAtRest(left: Attempt[]): Promise<boolean> {
    const { api, people } = this.world;
    for (const { token } of people.users)
      if ((await api.get<{ held: number }>('/accounting/balance', token)).held > 0) return false;
    let running = 0;
    await inParallel(
      left.filter(({ ended }) => !ended),
      async ({ turnId, user }) => {
        const turn = await this.load.sessions.turnOf(user, String(turnId));
        if (turn?.status === 'running') running++;
      },
    );
    return running === 0;
  }

  /** Judges what clients are done with. @param books whether the accounts are summed up too, which reads all rows */
  async judge(books: boolean): Promise<void> {
    // Clients that came back to their turns may be done with more of them meanwhile.
    const attempts = this.load.finished;
    this.load.finished = [];
    try {
      await this.checks.judge(attempts);
    } catch (error) {
      // The server was killed: they are judged after the next start.
      this.load.finished.push(...attempts);
      throw error;
    }
    if (!books) return;
    const { api, people } = this.world;
    const report = await api.get<{ drift: number; keyDrift: number; openHolds: number }>(
      '/accounting/reconciliation',
      people.adminToken,
    );
    if (report.drift !== 0) this.violations.add('drift', 'the accounts do not sum', report);
    if (report.keyDrift !== 0) this.violations.add('drift', 'what keys have used does not sum', report);
    if (report.openHolds !== 0) this.violations.add('stuck hold', 'a hold is open', report);
  }

  /** Until no run of the upstream can any more remember what its deleted session was made to forget; nothing was asked since all was at rest. */
  async whenUpstreamIsDone(): Promise<void> {
    const idleAt = await this.idleAt;
    await delay(Math.max(0, idleAt + TURN_TIMEOUT_MS - performance.now()));
  }

  /** To be called when a server has started behind that: it has it forgotten. @returns how many memories are left */
  async judgeUpstream(): Promise<number> {
    const deadline = performance.now() + FORGETTING_PATIENCE_MS;
    while (this.upstreamChecks.countDeadMemories() > 0 && performance.now() < deadline) await delay(POLL_MS);
    const { memories } = this.upstreamChecks.judge();
    if (this.world.script.recited === 0)
      this.violations.add(
        'other',
        'the upstream was never asked what it remembers: nothing could have leaked',
      );
    return memories;
  }

  /** @param dataDir of a database that has been stopped @returns how many turns are stored */
  async judgeDatabase(dataDir: string): Promise<number> {
    const dead = new Set<string>();
    for (const [word, attempts] of this.load.asked)
      if (attempts.every((attempt) => attempt.incarnation?.isDeleted === true)) dead.add(word);
    const { turns } = await DatabaseChecks.run(serverMain, dataDir, dead, this.violations);
    return turns;
  }

  /** What both the load and its judging have come to. @param turnsStored see `judgeDatabase` @param memories see `judgeUpstream` */
  rows(turnsStored: number, memories: number): readonly (readonly [string, string | number])[] {
    const { violations, checks, load, world } = this;
    const { yielded, repeated, attached, regenerated, raced } = load.deeds;
    const outcomes = [...checks.outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
    return [
      ['turns', `${checks.turns} of clients, ${turnsStored} stored`],
      ['  of which', outcomes],
      ['ends seen', checks.endsSeen],
      ['asked at once behind one that was left or stopped', yielded],
      ['the same asked at once', `${repeated}, of which attached ${attached}`],
      ['answers made anew', regenerated],
      ['sessions deleted', `${load.sessions.deleted}, ${raced} times while a turn began`],
      ['memories of the upstream', `${world.upstream.runs.length} runs, ${memories} memories left`],
      ['words', `${checks.words} looked at, of which ${world.script.recited} told again by the upstream`],
      ['lost', violations.of('lost')],
      ['double charges', violations.of('double charge')],
      ['stuck holds', violations.of('stuck hold')],
      ['gaps in what clients were told', violations.of('gap')],
      ['duplicate events, messages, positions, rows', violations.of('duplicate')],
      ['accounts and keys that do not sum', violations.of('drift')],
      ['words of other users, sessions or turns', violations.of('leak')],
      ['other violations', violations.of('other')],
    ];
  }
}
