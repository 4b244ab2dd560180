import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { Judge } from '../../faults/judge.js';
import { Load } from '../../faults/load.js';
import { PASSING_STATUSES } from '../../faults/client.js';
import { Phases } from '../../faults/phases.js';
import { CHATFLOWS } from '../../faults/population.js';
import type { Random } from '../../faults/random.js';
import { percentile } from '../../faults/result-table.js';
import { Violations, VIOLATIONS } from '../../faults/violations.js';
import { ClusterWorld } from './cluster-world.js';
import { Durations } from './durations.js';
import { Mishaps } from './mishaps.js';
import { scheduleOf, type Plan } from './plan.js';
import { PoorUser } from './poor-user.js';

const USERS = 8;
/** Characters of a violation that are shown at once; all of it is in a file. */
const MOST_SHOWN = 1000;
/** Between two times at which everything comes to rest and is judged. */
const MISHAPS_PER_EPOCH = 8;

/** Also on a busy machine, while an instance is gone. */
const ADMISSION_MS = 3000;

export type Rows = readonly (readonly [name: string, value: string | number])[];

/** What one world has come to. */
export interface Outcome {
  readonly seed: string;
  readonly kills: number;
  readonly turns: number;
  readonly violations: number;
  readonly rows: Rows;
}

/** One world under load in which things go wrong: now and then everything comes to rest and is judged, and once more in the end. */
export class ClusterRun {
  private readonly load: Load;
  private readonly judge: Judge;
  private readonly mishaps: Mishaps;
  private readonly startedAt = performance.now();
  private readonly restMs: number[] = [];

  private constructor(
    private readonly plan: Plan,
    private readonly world: ClusterWorld,
    private readonly poor: PoorUser,
    private readonly violations: Violations,
    private readonly durations: Durations,
  ) {
    const { url, api, people } = world;
    const random = (name: string): Random => world.random(name);
    const settings = { url, api, users: people.users, chatflows: CHATFLOWS, random };
    const tolerated = { passing: PASSING_STATUSES, admissionMs: ADMISSION_MS };
    this.load = new Load({ ...settings, ...tolerated }, new Phases(), violations);
    this.judge = new Judge(world, this.load, violations);
    this.mishaps = new Mishaps(world, this.load.client, violations, random('mishaps'), plan.clients);
  }

  static async prepare(plan: Plan): Promise<ClusterRun> {
    const durations = new Durations();
    const world = await durations.of('making the world', () => ClusterWorld.make(USERS, plan.seed));
    const violations = new Violations((line) => {
      process.stdout.write(line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…\n` : line);
      appendFileSync(join(world.folder, 'violations.txt'), line);
    });
    return new ClusterRun(plan, world, await PoorUser.make(world, violations), violations, durations);
  }

  /** Works in the world before there is load. */
  async before<T>(work: (world: ClusterWorld) => Promise<T>): Promise<T> {
    return this.durations.of('measures', () => work(this.world));
  }

  async run(): Promise<Outcome> {
    const { world, load, judge, durations } = this;
    const { partitions } = this.plan;
    const plan = { ...this.plan, partitions: world.whyNoCuts === undefined ? partitions : 0 };
    if (world.whyNoCuts !== undefined)
      process.stdout.write(`No instance is cut off here: ${world.whyNoCuts}\n`);
    load.phases.enter('open');
    const clients = load.run(plan.clients);
    const schedule = scheduleOf(plan, world.random('schedule'));
    for (let done = 0; done < schedule.length; done += MISHAPS_PER_EPOCH) {
      const asked = this.poor.askAtOnce();
      for (const mishap of schedule.slice(done, done + MISHAPS_PER_EPOCH))
        await durations.of(mishap, () => this.mishaps.perform(mishap));
      await asked;
      await this.restAndJudge();
      this.reportProgress();
      load.phases.enter('open');
    }
    await durations.of('until enough turns are asked', () => judge.waitForTurns(plan.turns));
    load.stop();
    await durations.of('last turns of the clients', () => clients);
    await this.restAndJudge();
    await durations.of('until late checkpoints are swept', () => world.whenCheckpointsAreGone());
    await durations.of('ends in order', () => this.endAll());
    const memories = await this.judgeUpstream();
    await world.endDatabase();
    await world.close();
    const turnsStored = await durations.of('judging the database', () => judge.judgeDatabase(world.dataDir));
    return this.outcome(turnsStored, memories);
  }

  private async restAndJudge(): Promise<void> {
    const { durations, judge, mishaps } = this;
    await durations.of('until all are ready', () => mishaps.whenAllReady());
    const since = performance.now();
    await durations.of('coming to rest', () => judge.waitForRest(since));
    this.restMs.push(performance.now() - since);
    await durations.of('judging', () => judge.judge(true).then(() => this.poor.judge()));
  }

  private async endAll(): Promise<void> {
    const codes = await Promise.all(this.world.instances.map((instance) => instance.end()));
    if (codes.some((code) => code !== 0))
      this.violations.add('other', `the instances ended with ${codes.join(', ')}`);
  }

  private async judgeUpstream(): Promise<number> {
    const { durations, judge, world } = this;
    await durations.of('until the upstream is done', () => judge.whenUpstreamIsDone());
    return durations.of('until the upstream has forgotten', async () => {
      await world.startAll();
      const memories = await judge.judgeUpstream();
      await this.endAll();
      return memories;
    });
  }

  private reportProgress(): void {
    const { kills, counts } = this.mishaps;
    const mishaps = [...counts.values()].reduce((sum, count) => sum + count, 0);
    process.stdout.write(
      `${String(mishaps).padStart(4)} mishaps, ${kills} kills, ${this.judge.checks.turns} turns judged, ` +
        `${this.violations.total} violations, at rest after ${Math.round(this.restMs.at(-1) ?? 0)} ms, ${this.seconds} s\n`,
    );
  }

  private get seconds(): number {
    return Math.round((performance.now() - this.startedAt) / 1000);
  }

  private async outcome(turnsStored: number, memories: number): Promise<Outcome> {
    const { mishaps, restMs, violations, judge, world, durations } = this;
    const milliseconds = (values: readonly number[]): string =>
      [0.5, 0.95, 1].map((share) => Math.round(percentile(values, share))).join(' / ');
    const rows: Rows = [
      ...[...mishaps.counts].sort().map(([mishap, count]) => [mishap, count] as const),
      ['kills of instances', mishaps.kills],
      ...judge.rows(turnsStored, memories),
      ['overspend', violations.of('overspend')],
      ['refused for too few credits', this.poor.refused],
      ['time until all is at rest, median / p95 / max, ms', milliseconds(restMs)],
      ['time to start under load, median / p95 / max, ms', milliseconds(mishaps.startMs)],
      ['starts given up', world.instances.reduce((sum, { startsGivenUp }) => sum + startsGivenUp, 0)],
      ['seed', this.plan.seed],
      ['duration', `${this.seconds} s`],
      ...durations.rows(),
    ];
    if (violations.total === 0) await world.remove();
    else
      process.stdout.write(
        `\nThe data is left in ${world.folder}, with all violations and what the instances logged\n`,
      );
    return {
      seed: this.plan.seed,
      kills: mishaps.kills,
      turns: judge.checks.turns,
      violations: VIOLATIONS.reduce((sum, kind) => sum + violations.of(kind), 0),
      rows,
    };
  }
}
