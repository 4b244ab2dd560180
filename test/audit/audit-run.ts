import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import mongoose from 'mongoose';
import { entryOf, type ToldEntry } from '../../src/audit/audit-lines.js';
import { ChainWalk } from '../../src/audit/chain-walk.js';
import { connectionOptions } from '../../src/persistence/connection-options.js';
import { RedisServer } from '../cluster/support/redis-server.js';
import { Api } from '../faults/api.js';
import { startBuiltDatabase } from '../faults/built-database.js';
import { Phases } from '../faults/phases.js';
import { Random } from '../faults/random.js';
import { table } from '../faults/result-table.js';
import { Violations } from '../faults/violations.js';
import { lastingPort } from '../support/ports.js';
import { serverMain, ServerProcess } from '../support/server-process.js';
import { Admin, type Person } from './admin-load.js';
import type { Deed } from './admin-request.js';
import { judge, type Entry, type Traces } from './audit-judge.js';

export interface AuditPlan {
  readonly kills: number;
  readonly admins: number;
  /** One, with the embedded database in it; or two on one that outlives them, with Redis. */
  readonly instances: 1 | 2;
  readonly seed: string;
}

const VICTIMS = 5;
const PASSWORD = 'a password of the load';
const BOSS = { email: 'boss@example.com', password: 'an admin of the load' };
/** Answers that an instance has given before it is killed. */
const DEEDS_BEFORE_KILL = 12;
const MOST_DELAY_BEFORE_KILL_MS = 250;
const PATIENCE_MS = 60_000;
const KILLS_PER_REPORT = 10;

/** Admins change things while their servers are killed again and again; then the log is held against what they saw. */
export class AuditRun {
  private readonly violations = new Violations();
  private readonly phases = new Phases();
  private readonly deeds: Deed[] = [];
  private readonly random: Random;
  private readonly startedAt = performance.now();
  private isOver = false;
  private servers: ServerProcess[] = [];
  private turn = 0;
  private settings: Readonly<Record<string, string>> = {};
  private database: { readonly uri: string; close(): Promise<void> } | undefined;
  private redis: RedisServer | undefined;

  constructor(private readonly plan: AuditPlan) {
    this.random = new Random(`${plan.seed} kills`);
  }

  /** @returns whether every promise was kept */
  async run(): Promise<boolean> {
    const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-audit-'));
    await this.prepare(dataDir);
    const people = await this.populate();
    const admins = people.admins.map((person, index) => {
      const random = new Random(`${this.plan.seed} admin ${index}`);
      return new Admin(index, person, people.victims, () => this.url, random, this.deeds);
    });
    this.phases.enter('open');
    const load = Promise.all(admins.map((admin) => admin.run(this.phases, () => this.isOver)));
    for (let kill = 1; kill <= this.plan.kills; kill += 1) {
      await this.killOne();
      if (kill % KILLS_PER_REPORT === 0) this.report(kill);
    }
    await this.untilAnswered(DEEDS_BEFORE_KILL);
    this.isOver = true;
    await load;
    const entries = await this.exported(people.boss.token);
    for (const server of this.servers) server.signal('SIGTERM');
    await Promise.all(this.servers.map(({ exited }) => exited));
    this.checkChain(entries);
    const traces = await this.tracesIn(dataDir, entries);
    this.print(entries, judge(this.deeds, entries, traces, this.violations));
    await this.redis?.close();
    const passed = this.violations.total === 0;
    if (passed) await rm(dataDir, { recursive: true, force: true });
    else process.stdout.write(`\nThe data is left in ${dataDir}\n${this.violations.details.join('\n')}\n`);
    return passed;
  }

  /** Whoever lives, in turn. */
  private get url(): string {
    const alive = this.servers.filter(({ url, hasExited }) => url !== '' && !hasExited);
    const chosen = alive[(this.turn += 1) % Math.max(1, alive.length)];
    return chosen?.url ?? 'http://127.0.0.1:1';
  }

  private async prepare(dataDir: string): Promise<void> {
    const common = {
      ...{ ADMIN_EMAIL: BOSS.email, ADMIN_PASSWORD: BOSS.password, ACCESS_TOKEN_TTL_S: '80000' },
      ...{ DATA_DIR: dataDir, LOG_LEVEL: 'error', JWT_SECRET: 'a secret of the load, the same for all' },
    };
    if (this.plan.instances === 1) this.settings = { ...common, PORT: String(await lastingPort()) };
    else {
      this.database = await startBuiltDatabase(serverMain, dataDir);
      this.redis = await RedisServer.start();
      this.settings = { ...common, MONGODB_URI: this.database.uri, REDIS_URL: this.redis.url };
    }
    for (let count = 0; count < this.plan.instances; count += 1) this.servers.push(await this.start());
  }

  private async start(): Promise<ServerProcess> {
    const server = new ServerProcess(this.settings);
    if ((await server.listening) === undefined) throw new Error(`The server does not start: ${server.tail}`);
    return server;
  }

  private async populate() {
    const api = new Api(this.url);
    const logIn = async ({ email, password }: { email: string; password: string }): Promise<Person> => {
      const { access_token: token } = await api.call<{ access_token: string }>(
        'POST',
        '/auth/login',
        undefined,
        { email, password },
      );
      const { userId } = await api.get<{ userId: string }>('/auth/me', token);
      return { userId, email, password, token };
    };
    const register = async (name: string): Promise<Person> => {
      const person = { email: `${name}@example.com`, password: PASSWORD };
      await api.call('POST', '/auth/register', undefined, person);
      return logIn(person);
    };
    const boss = await logIn(BOSS);
    const people = { boss, admins: [] as Person[], victims: [] as Person[] };
    for (let index = 0; index < this.plan.admins; index += 1) {
      const person = await register(`admin-${index}`);
      await api.call('PATCH', `/users/${person.userId}`, boss.token, { roles: ['user', 'admin'] });
      people.admins.push(person);
    }
    for (let index = 0; index < VICTIMS; index += 1) people.victims.push(await register(`user-${index}`));
    return people;
  }

  private async killOne(): Promise<void> {
    await this.untilAnswered(DEEDS_BEFORE_KILL);
    await delay(this.random.next() * MOST_DELAY_BEFORE_KILL_MS);
    const index = this.random.below(this.servers.length);
    const [server] = this.servers.splice(index, 1);
    if (this.servers.length === 0) this.phases.enter('down');
    await server?.kill();
    this.servers.push(await this.start());
    this.phases.enter('open');
  }

  private async untilAnswered(count: number): Promise<void> {
    const answered = () => this.deeds.filter(({ status }) => status !== undefined).length;
    const [enough, deadline] = [answered() + count, performance.now() + PATIENCE_MS];
    while (answered() < enough) {
      if (performance.now() > deadline) throw new Error('The load does not get going');
      await delay(5);
    }
  }

  private async exported(token: string): Promise<(Entry & ToldEntry)[]> {
    const answer = await fetch(`${this.url}/audit/export`, { headers: { authorization: `Bearer ${token}` } });
    const lines = (await answer.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry & ToldEntry);
    const end = lines.pop() as unknown as { readonly end?: true; readonly entries: number };
    if (end.end !== true || end.entries !== lines.length)
      this.violations.add('other', 'the export is not whole', end);
    return lines;
  }

  private checkChain(entries: readonly ToldEntry[]): void {
    const walk = new ChainWalk(1);
    const fault = entries
      .map((entry) => walk.take(entryOf(entry, 'default')))
      .find((one) => one !== undefined);
    if (fault !== undefined) this.violations.add('other', 'the chain does not fit', fault);
  }

  private async tracesIn(dataDir: string, entries: readonly Entry[]): Promise<Traces> {
    const database = this.database ?? (await startBuiltDatabase(serverMain, dataDir));
    const connection = await mongoose
      .createConnection(database.uri, connectionOptions(database.uri))
      .asPromise();
    const all = async (name: string) =>
      (await connection.collection(name).find({}).toArray()) as Record<string, unknown>[];
    try {
      const accounts = await all('credit_accounts');
      const rows = [
        ...(await all('credit_transactions')),
        ...accounts.flatMap(({ outbox }) => outbox as Record<string, unknown>[]),
      ];
      const named = [...(await all('chatflows')), ...(await all('api_keys'))];
      const last = entries.at(-1)?.id ?? '';
      // What was written behind the export gets its place from the next server.
      const pending = (await all('audit_entries')).filter(
        (entry) => entry.sequence === undefined && String(entry._id) < last,
      );
      if (pending.length > 0)
        this.violations.add('other', 'entries have no place in the chain', pending.slice(0, 3));
      return {
        reasons: new Set(rows.map(({ reason }) => String(reason))),
        names: new Set(named.map(({ name }) => String(name))),
      };
    } finally {
      await connection.close();
      await database.close();
    }
  }

  private report(kills: number): void {
    const seconds = Math.round((performance.now() - this.startedAt) / 1000);
    process.stdout.write(
      `${String(kills).padStart(4)} kills, ${this.deeds.length} requests, ${this.violations.total} violations, ${seconds} s\n`,
    );
  }

  private print(
    entries: readonly Entry[],
    { acknowledged, refused, broken }: ReturnType<typeof judge>,
  ): void {
    process.stdout.write(
      `\n${table([
        ['instances', this.plan.instances],
        ['kills', this.plan.kills],
        ['admins at once', this.plan.admins],
        ['requests', this.deeds.length],
        ['  acknowledged, each with one outcome', acknowledged],
        ['  refused', refused],
        ['  broken off by a kill: never written', broken.unwritten],
        ['  broken off: asked, without an outcome', broken.asked],
        ['  broken off: done / refused all the same', `${broken.done} / ${broken.refused}`],
        ['entries, all in the chain', entries.length],
        ['violations', this.violations.total],
        ['seed', this.plan.seed],
        ['duration', `${Math.round((performance.now() - this.startedAt) / 1000)} s`],
      ])}\n`,
    );
  }
}
