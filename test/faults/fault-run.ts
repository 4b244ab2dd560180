import { setTimeout as delay } from 'node:timers/promises';
import { FAULT_POINTS, type FaultPoint } from '../../src/contract/fault-point.js';
import { serverMain, type ServerProcess } from '../support/server-process.js';
import { inParallel } from './api.js';
import type { Attempt } from './attempt.js';
import { DatabaseChecks } from './database-checks.js';
import { Load } from './load.js';
import { Phases } from './phases.js';
import type { Random } from './random.js';
import { percentile, table } from './result-table.js';
import { TurnChecks } from './turn-checks.js';
import { UpstreamChecks } from './upstream-checks.js';
import { Violations } from './violations.js';
import { CHATFLOWS, TURN_TIMEOUT_MS, World } from './world.js';

export interface FaultPlan {
  readonly randomKills: number;
  readonly roundsPerFaultPoint: number;
  /** At least as many are asked, most of them behind the last kill if the kills come early. */
  readonly turns: number;
  readonly clients: number;
  readonly seed: string;
  /** Whether the database answers as MongoDB 7 does, which writes step by step, and outlives the servers. */
  readonly mongodb7: boolean;
}

const USERS = 8;
/** Turns that must be open when a random kill comes. */
const OPEN_TURNS_AT_KILL = 40;
const MOST_DELAY_BEFORE_KILL_MS = 1500;
/** One random kill in this many comes while the server starts and recovers, whatever load there is by then. */
const KILLS_PER_KILL_AT_START = 8;
const MOST_DELAY_AT_START_MS = 1600;
/** A fault point is passed up to this often before it kills. */
const MOST_PASSES = 80;
/** Sessions are deleted less often than anything else happens. */
const MOST_PASSES_OF_DELETION = 8;
/** Until the load must have got going, or a fault point must have been reached. */
const PATIENCE_MS = 30_000;
/** After this a turn that still runs is stuck. */
const RECOVERY_PATIENCE_MS = 20_000;
const RECOVERY_POLL_MS = 40;
const KILLS_PER_REPORT = 10;
/** Until the turns that are wanted must have been asked. */
const TURNS_PATIENCE_MS = 30 * 60_000;
/**
 * Deleted memories that are due are looked for when a server starts, and every half a minute. One that a server had taken when it was killed, or whose deletion was not answered
 * within five seconds, is due a minute later, the second time two: on a busy machine that can be the last thing before the end.
 */
const FORGETTING_PATIENCE_MS = 5 * 60_000;
const POLL_MS = 200;

type Kill = FaultPoint | 'under load' | 'at start';

/** One run of the fault suite: load, kill, restart, judge, again and again, on one data folder. */
export class FaultRun {
  private readonly violations = new Violations();
  private readonly phases = new Phases();
  private readonly load: Load;
  private readonly checks: TurnChecks;
  private readonly upstreamChecks: UpstreamChecks;
  private readonly random: Random;
  private readonly recoveryMs: number[] = [];
  private readonly killsByKind = new Map<Kill, number>();
  private readonly openAtKill: number[] = [];
  private readonly startedAt = performance.now();
  private kills = 0;

  private constructor(
    private readonly plan: FaultPlan,
    private readonly world: World,
  ) {
    const { url, api, users } = world;
    const random = (name: string): Random => world.random(name);
    this.random = random('kills');
    this.load = new Load({ url, api, users, chatflows: CHATFLOWS, random }, this.phases, this.violations);
    const { sessions, asked } = this.load;
    this.checks = new TurnChecks(api, sessions, world.script, this.violations, CHATFLOWS);
    this.upstreamChecks = new UpstreamChecks(world.upstream, asked, this.violations);
  }

  static async prepare(plan: FaultPlan): Promise<FaultRun> {
    return new FaultRun(plan, await World.make(USERS, plan.seed, plan.mongodb7));
  }

  /** @returns whether every promise was kept */
  async run(): Promise<boolean> {
    const clients = this.load.run(this.plan.clients);
    for (const kill of this.schedule()) {
      await this.runUntilKilled(kill);
      if (++this.kills % KILLS_PER_REPORT === 0) this.reportProgress();
    }
    const server = this.start({});
    await this.recover(server);
    await this.judge(true);
    this.phases.enter('open');
    await this.waitForTurns();
    this.load.stop();
    await clients;
    await this.waitForRest(performance.now());
    await this.judge(true);
    await this.endInOrder(server);
    const memories = await this.judgeUpstream();
    const turns = await this.judgeDatabase();
    this.print(turns, memories);
    if (this.world.script.recited === 0)
      this.violations.add(
        'other',
        'the upstream was never asked what it remembers: nothing could have leaked',
      );
    const passed = this.violations.total === 0;
    if (passed) await this.world.remove();
    else
      process.stdout.write(
        `\nThe data is left in ${this.world.dataDir}\n${this.violations.details.join('\n')}\n`,
      );
    return passed;
  }

  private async waitForTurns(): Promise<void> {
    const deadline = performance.now() + TURNS_PATIENCE_MS;
    const asked = (): number =>
      this.checks.turns + new Set(this.load.finished.flatMap(({ turnId }) => turnId ?? [])).size;
    while (asked() < this.plan.turns) {
      if (performance.now() > deadline) {
        this.violations.add('other', 'the turns that are wanted do not come');
        return;
      }
      await delay(POLL_MS);
    }
  }

  /** A run that went on remembers what its deleted session was made to forget; a server that starts later has that forgotten too. */
  private async judgeUpstream(): Promise<number> {
    await this.world.upstream.whenIdle();
    await delay(TURN_TIMEOUT_MS);
    const server = this.start({});
    await server.listening;
    const deadline = performance.now() + FORGETTING_PATIENCE_MS;
    while (this.upstreamChecks.countDeadMemories() > 0 && performance.now() < deadline) await delay(POLL_MS);
    await this.endInOrder(server);
    return this.upstreamChecks.judge().memories;
  }

  private async judgeDatabase(): Promise<number> {
    const dead = new Set<string>();
    for (const [word, attempts] of this.load.asked)
      if (attempts.every(({ incarnation }) => incarnation?.isDeleted === true)) dead.add(word);
    const refused = await this.world.closeDatabase();
    if (this.plan.mongodb7 && refused === 0)
      this.violations.add('other', 'no server asked the database for what MongoDB 7 has not');
    const { turns } = await DatabaseChecks.run(serverMain, this.world.dataDir, dead, this.violations);
    return turns;
  }

  /** The named moments spread among the random ones. */
  private schedule(): Kill[] {
    const random = Array.from({ length: this.plan.randomKills }, (_, index): Kill =>
      index % KILLS_PER_KILL_AT_START === 3 ? 'at start' : 'under load',
    );
    const named = Array.from({ length: this.plan.roundsPerFaultPoint }, () => FAULT_POINTS).flat();
    const step = Math.max(1, Math.floor(random.length / Math.max(1, named.length)));
    named.forEach((point, index) => random.splice(index * (step + 1), 0, point));
    return random;
  }

  /** One life of the server: it recovers what the one before left behind, is judged, takes load and is killed. */
  private async runUntilKilled(kill: Kill): Promise<void> {
    const named = kill !== 'under load' && kill !== 'at start';
    const passes = this.random.below(kill === 'erased' ? MOST_PASSES_OF_DELETION : MOST_PASSES);
    const server = this.start(named ? { FAULT_POINT: kill, FAULT_AFTER: String(passes) } : {});
    if (kill === 'at start')
      void delay(this.random.next() * MOST_DELAY_AT_START_MS).then(() => server.kill());
    const lives = await this.serve(server, kill);
    if (lives && named) await this.waitForFault(server, kill);
    if (lives && kill === 'under load') await this.killUnderLoad(server);
    await server.exited;
    this.phases.enter('down');
    this.killsByKind.set(kill, (this.killsByKind.get(kill) ?? 0) + 1);
  }

  /** @returns whether the server still lives once the load runs; one that dies meanwhile is no failure */
  private async serve(server: ServerProcess, kill: Kill): Promise<boolean> {
    try {
      if ((await server.listening) === undefined) {
        if (kill === 'under load') this.violations.add('other', 'the server does not start', server.tail);
        return false;
      }
      await this.recover(server);
      await this.judge(this.kills % KILLS_PER_REPORT === 0);
      this.phases.enter('open');
      return !server.hasExited;
    } catch (error) {
      await delay(100);
      if (server.hasExited) return false;
      throw error;
    }
  }

  private start(env: Readonly<Record<string, string>>): ServerProcess {
    const server = this.world.startServer(env);
    void server.exited.then(() => {
      this.phases.enter('down');
    });
    return server;
  }

  private async waitForFault(server: ServerProcess, point: FaultPoint): Promise<void> {
    const reached = await Promise.race([
      server.exited.then(() => true),
      delay(PATIENCE_MS, false, { ref: false }),
    ]);
    if (reached) return;
    this.violations.add('other', `the fault point ${point} was never reached`);
    await server.kill();
  }

  private async killUnderLoad(server: ServerProcess): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (this.load.client.openTurns < OPEN_TURNS_AT_KILL) {
      if (performance.now() > deadline || server.hasExited) {
        this.violations.add('other', 'the load does not get going', server.tail);
        break;
      }
      await delay(5);
    }
    await delay(this.random.next() * MOST_DELAY_BEFORE_KILL_MS);
    this.openAtKill.push(this.load.client.openTurns);
    await server.kill();
  }

  /** Waits until nothing of the process before runs any more, and takes the time since the new one listens. */
  private async recover(server: ServerProcess): Promise<void> {
    const listeningAt = await server.listening;
    if (listeningAt === undefined) throw new Error(`The server does not start: ${server.tail}`);
    await this.waitForRest(listeningAt);
    this.recoveryMs.push(performance.now() - listeningAt);
  }

  private async waitForRest(since: number): Promise<void> {
    const left = [...this.load.underWay, ...this.load.finished].filter(({ turnId }) => turnId !== undefined);
    this.phases.enter('recovering');
    while (!(await this.isAtRest(left))) {
      if (performance.now() - since > RECOVERY_PATIENCE_MS) {
        this.violations.add('stuck hold', 'turns are still running that must have ended', left.slice(0, 3));
        return;
      }
      await delay(RECOVERY_POLL_MS);
    }
  }

  /** No user has credits on hold and none of these turns runs. */
  private async isAtRest(left: Attempt[]): Promise<boolean> {
    const { api, users } = this.world;
    for (const { token } of users)
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
  private async judge(books: boolean): Promise<void> {
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
    const { api, adminToken } = this.world;
    const report = await api.get<{ drift: number; openHolds: number }>(
      '/accounting/reconciliation',
      adminToken,
    );
    if (report.drift !== 0) this.violations.add('drift', 'the accounts do not sum', report);
    if (report.openHolds !== 0) this.violations.add('stuck hold', 'a hold is open', report);
  }

  private async endInOrder(server: ServerProcess): Promise<void> {
    server.signal('SIGTERM');
    const code = await server.exited;
    if (code !== 0) this.violations.add('other', `the last server ended with ${code}`, server.tail);
  }

  private reportProgress(): void {
    const { turns, endsSeen } = this.checks;
    const seconds = Math.round((performance.now() - this.startedAt) / 1000);
    process.stdout.write(
      `${String(this.kills).padStart(4)} kills, ${turns} turns judged, ${endsSeen} ends seen, ` +
        `${this.violations.total} violations, recovery p95 ${Math.round(percentile(this.recoveryMs, 0.95))} ms, ${seconds} s\n`,
    );
  }

  private print(turnsStored: number, memories: number): void {
    const { violations, checks, load, world } = this;
    const { yielded, repeated, attached, regenerated, raced } = load.deeds;
    const kinds = [...this.killsByKind].map(([kind, count]) => `${kind} ${count}`).join(', ');
    const outcomes = [...checks.outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
    const milliseconds = (share: number): string => `${Math.round(percentile(this.recoveryMs, share))} ms`;
    process.stdout.write(
      `\n${table([
        ['database', this.plan.mongodb7 ? 'as MongoDB 7, beside the servers' : 'embedded in the servers'],
        ['kills', this.kills],
        ['  of which', kinds],
        ['open turns at a kill under load, median', percentile(this.openAtKill, 0.5)],
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
        ['duplicate messages, positions, rows', violations.of('duplicate')],
        ['accounts that do not sum', violations.of('drift')],
        ['words of other users, sessions or turns', violations.of('leak')],
        ['other violations', violations.of('other')],
        ['time to recovery, median', milliseconds(0.5)],
        ['time to recovery, p95', milliseconds(0.95)],
        ['time to recovery, max', milliseconds(1)],
        ['seed', this.plan.seed],
        ['duration', `${Math.round((performance.now() - this.startedAt) / 1000)} s`],
      ])}\n`,
    );
  }
}
