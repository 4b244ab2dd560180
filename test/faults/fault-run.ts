import { setTimeout as delay } from 'node:timers/promises';
import { FAULT_POINTS, type FaultPoint } from '../../src/chat/turn/fault-points.js';
import { serverMain, type ServerProcess } from '../support/server-process.js';
import { inParallel } from './api.js';
import type { Attempt } from './attempt.js';
import { DatabaseChecks } from './database-checks.js';
import { Load } from './load.js';
import { Phases } from './phases.js';
import { percentile, table } from './result-table.js';
import { TurnChecks } from './turn-checks.js';
import { Violations } from './violations.js';
import { CHATFLOWS, World } from './world.js';

export interface FaultPlan {
  readonly randomKills: number;
  readonly roundsPerFaultPoint: number;
  readonly clients: number;
}

const USERS = 8;
/** Turns that must be open when a random kill comes. */
const OPEN_TURNS_AT_KILL = 50;
const MOST_DELAY_BEFORE_KILL_MS = 1500;
/** One random kill in this many comes while the server starts and recovers, whatever load there is by then. */
const KILLS_PER_KILL_AT_START = 8;
const MOST_DELAY_AT_START_MS = 1600;
/** A fault point is passed up to this often before it kills. */
const MOST_PASSES = 80;
/** Until the load must have got going, or a fault point must have been reached. */
const PATIENCE_MS = 30_000;
/** After this a turn that still runs is stuck. */
const RECOVERY_PATIENCE_MS = 20_000;
const RECOVERY_POLL_MS = 40;
const KILLS_PER_REPORT = 10;

type Kill = FaultPoint | 'under load' | 'at start';

/** One run of the fault suite: load, kill, restart, judge, again and again, on one data folder. */
export class FaultRun {
  private readonly violations = new Violations();
  private readonly phases = new Phases();
  private readonly load: Load;
  private readonly checks: TurnChecks;
  private readonly recoveryMs: number[] = [];
  private readonly killsByKind = new Map<Kill, number>();
  private readonly openAtKill: number[] = [];
  private readonly startedAt = performance.now();
  private kills = 0;

  private constructor(
    private readonly plan: FaultPlan,
    private readonly world: World,
  ) {
    this.load = new Load(world.url, this.phases, world.users, CHATFLOWS);
    this.checks = new TurnChecks(world.api, this.violations, CHATFLOWS);
  }

  static async prepare(plan: FaultPlan): Promise<FaultRun> {
    return new FaultRun(plan, await World.make(USERS));
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
    this.load.stop();
    this.phases.enter('open');
    await clients;
    await this.judge(true);
    await this.endInOrder(server);
    const { turns } = await DatabaseChecks.run(serverMain, this.world.dataDir, this.violations);
    this.print(turns);
    const passed = this.violations.total === 0;
    if (passed) await this.world.remove();
    else
      process.stdout.write(
        `\nThe data is left in ${this.world.dataDir}\n${this.violations.details.join('\n')}\n`,
      );
    return passed;
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
    const passes = Math.floor(Math.random() * MOST_PASSES);
    const server = this.start(named ? { FAULT_POINT: kill, FAULT_AFTER: String(passes) } : {});
    if (kill === 'at start') void delay(Math.random() * MOST_DELAY_AT_START_MS).then(() => server.kill());
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
    await delay(Math.random() * MOST_DELAY_BEFORE_KILL_MS);
    this.openAtKill.push(this.load.client.openTurns);
    await server.kill();
  }

  /** Waits until nothing of the process before runs any more, and takes the time since the new one listens. */
  private async recover(server: ServerProcess): Promise<void> {
    const listeningAt = await server.listening;
    if (listeningAt === undefined) throw new Error(`The server does not start: ${server.tail}`);
    const left = [...this.load.underWay, ...this.load.finished].filter(({ turnId }) => turnId !== undefined);
    this.phases.enter('recovering');
    while (!(await this.isAtRest(left))) {
      if (performance.now() - listeningAt > RECOVERY_PATIENCE_MS) {
        this.violations.add('stuck hold', 'turns of the old process are still running', left.slice(0, 3));
        break;
      }
      await delay(RECOVERY_POLL_MS);
    }
    this.recoveryMs.push(performance.now() - listeningAt);
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
        const { status } = await api.get<{ status: string }>(`/turns/${turnId}`, user.token);
        if (status === 'running') running++;
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

  private print(turnsStored: number): void {
    const { violations, checks } = this;
    const kinds = [...this.killsByKind].map(([kind, count]) => `${kind} ${count}`).join(', ');
    const outcomes = [...checks.outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
    const milliseconds = (share: number): string => `${Math.round(percentile(this.recoveryMs, share))} ms`;
    process.stdout.write(
      `\n${table([
        ['kills', this.kills],
        ['  of which', kinds],
        ['open turns at a kill under load, median', percentile(this.openAtKill, 0.5)],
        ['turns', `${checks.turns} of clients, ${turnsStored} stored`],
        ['  of which', outcomes],
        ['ends seen', checks.endsSeen],
        ['lost', violations.of('lost')],
        ['double charges', violations.of('double charge')],
        ['stuck holds', violations.of('stuck hold')],
        ['duplicate messages, positions, rows', violations.of('duplicate')],
        ['accounts that do not sum', violations.of('drift')],
        ['other violations', violations.of('other')],
        ['time to recovery, median', milliseconds(0.5)],
        ['time to recovery, p95', milliseconds(0.95)],
        ['time to recovery, max', milliseconds(1)],
        ['duration', `${Math.round((performance.now() - this.startedAt) / 1000)} s`],
      ])}\n`,
    );
  }
}
