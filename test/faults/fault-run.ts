import { setTimeout as delay } from 'node:timers/promises';
import { TURN_FAULT_POINTS, type FaultPoint } from '../../src/contract/fault-point.js';
import type { ServerProcess } from '../support/server-process.js';
import { CappedKey } from './capped-key.js';
import { Judge } from './judge.js';
import { Load } from './load.js';
import { Phases } from './phases.js';
import { CHATFLOWS } from './population.js';
import type { Random } from './random.js';
import { percentile, table } from './result-table.js';
import { Violations } from './violations.js';
import { World } from './world.js';

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
const KILLS_PER_REPORT = 10;

type Kill = FaultPoint | 'under load' | 'at start';

/** One run of the fault suite: load, kill, restart, judge, again and again, on one data folder. */
export class FaultRun {
  private readonly violations = new Violations();
  private readonly phases = new Phases();
  private readonly load: Load;
  private readonly judge: Judge;
  private readonly capped: CappedKey;
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
    const { url, api } = world;
    const { users } = world.people;
    const random = (name: string): Random => world.random(name);
    this.random = random('kills');
    this.load = new Load({ url, api, users, chatflows: CHATFLOWS, random }, this.phases, this.violations);
    const { cappedKey, script, upstream, people } = world;
    this.capped = new CappedKey(cappedKey, url, api, this.violations);
    const judged = { ...people, users: [...users, cappedKey.user] };
    this.judge = new Judge({ api, script, upstream, people: judged }, this.load, this.violations);
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
    await this.judge.judge(true);
    await this.capped.judge();
    this.phases.enter('open');
    await Promise.all([this.judge.waitForTurns(this.plan.turns), this.capped.askAtOnce()]);
    this.load.stop();
    await clients;
    await this.judge.waitForRest(performance.now());
    await this.judge.judge(true);
    await this.capped.judge();
    this.capped.judgeWhole();
    await this.endInOrder(server);
    const memories = await this.judgeUpstream();
    const refused = await this.world.closeDatabase();
    if (this.plan.mongodb7 && refused === 0)
      this.violations.add('other', 'no server asked the database for what MongoDB 7 has not');
    const turns = await this.judge.judgeDatabase(this.world.dataDir);
    this.print(turns, memories);
    const passed = this.violations.total === 0;
    if (passed) await this.world.remove();
    else
      process.stdout.write(
        `\nThe data is left in ${this.world.dataDir}\n${this.violations.details.join('\n')}\n`,
      );
    return passed;
  }

  private async judgeUpstream(): Promise<number> {
    await this.judge.whenUpstreamIsDone();
    const server = this.start({});
    await server.listening;
    const memories = await this.judge.judgeUpstream();
    await this.endInOrder(server);
    return memories;
  }

  /** The named moments spread among the random ones. */
  private schedule(): Kill[] {
    const random = Array.from({ length: this.plan.randomKills }, (_, index): Kill =>
      index % KILLS_PER_KILL_AT_START === 3 ? 'at start' : 'under load',
    );
    const named = Array.from({ length: this.plan.roundsPerFaultPoint }, () => TURN_FAULT_POINTS).flat();
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
    const asked = lives ? this.capped.askAtOnce() : undefined;
    if (lives && named) await this.waitForFault(server, kill);
    if (lives && kill === 'under load') await this.killUnderLoad(server);
    await server.exited;
    await asked;
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
      await this.judge.judge(this.kills % KILLS_PER_REPORT === 0);
      await this.capped.judge();
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
    await this.judge.waitForRest(listeningAt);
    this.recoveryMs.push(performance.now() - listeningAt);
  }

  private async endInOrder(server: ServerProcess): Promise<void> {
    server.signal('SIGTERM');
    const code = await server.exited;
    if (code !== 0) this.violations.add('other', `the last server ended with ${code}`, server.tail);
  }

  private reportProgress(): void {
    const { turns, endsSeen } = this.judge.checks;
    const seconds = Math.round((performance.now() - this.startedAt) / 1000);
    process.stdout.write(
      `${String(this.kills).padStart(4)} kills, ${turns} turns judged, ${endsSeen} ends seen, ` +
        `${this.violations.total} violations, recovery p95 ${Math.round(percentile(this.recoveryMs, 0.95))} ms, ${seconds} s\n`,
    );
  }

  private print(turnsStored: number, memories: number): void {
    const kinds = [...this.killsByKind].map(([kind, count]) => `${kind} ${count}`).join(', ');
    const milliseconds = (share: number): string => `${Math.round(percentile(this.recoveryMs, share))} ms`;
    process.stdout.write(
      `\n${table([
        ['database', this.plan.mongodb7 ? 'as MongoDB 7, beside the servers' : 'embedded in the servers'],
        ['kills', this.kills],
        ['  of which', kinds],
        ['open turns at a kill under load, median', percentile(this.openAtKill, 0.5)],
        ...this.judge.rows(turnsStored, memories),
        ['refused for the cap of a key', this.capped.refused],
        ['overspend', this.violations.of('overspend')],
        ['time to recovery, median', milliseconds(0.5)],
        ['time to recovery, p95', milliseconds(0.95)],
        ['time to recovery, max', milliseconds(1)],
        ['seed', this.plan.seed],
        ['duration', `${Math.round((performance.now() - this.startedAt) / 1000)} s`],
      ])}\n`,
    );
  }
}
