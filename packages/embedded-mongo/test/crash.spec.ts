import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, type Document } from 'bson';
import { Catalog } from '../src/engine/catalog.js';
import { openStore } from '../src/run-embedded-database.js';
import { inconsistenciesOf } from './support/embedded-consistency.js';
import { startEmbeddedProcess } from './support/embedded-process.js';
import { WireClient } from './support/wire-client.js';

const KILLS = Number(process.env.CRASH_KILLS ?? (process.env.TEST_SIZE === 'full' ? 200 : 30));
/** A bound for what hangs: on a busy machine a kill takes seconds. */
const PATIENCE_PER_KILL_MS = 60_000;
const WRITERS = 16;
const BATCH = 3;
/** Commands that are acknowledged before a kill: some, and up to so many more, never counted in time. */
const LEAST_PER_KILL = 2 * WRITERS;
const MORE_PER_KILL = 701;

interface Item {
  _id: string;
  writer: number;
  value: number;
  log: number[];
  unique: string;
}

/** What a document must look like; undefined is not there. */
type State = { value: number; log: number[] } | undefined;

/** The acknowledged state of all documents, and for the commands under way when the process died also what they would give. */
class Expectation {
  readonly settled = new Map<string, State>();
  /** Each command's documents change together or not at all. */
  readonly inDoubt = new Set<Map<string, State>>();

  async change(after: Map<string, State>, command: () => Promise<unknown>): Promise<void> {
    this.inDoubt.add(after);
    await command();
    for (const [id, state] of after) this.settled.set(id, state);
    this.inDoubt.delete(after);
  }

  /** Compares with what is stored and takes that over. Returns what should not be. */
  compare(stored: ReadonlyMap<string, State>): string[] {
    const wrong: string[] = [];
    const same = (id: string, state: State): boolean =>
      JSON.stringify(stored.get(id)) === JSON.stringify(state);
    const doubtful = new Set([...this.inDoubt].flatMap((after) => [...after.keys()]));
    for (const after of this.inDoubt) {
      const done = [...after].every(([id, state]) => same(id, state));
      const undone = [...after.keys()].every((id) => same(id, this.settled.get(id)));
      if (!done && !undone) wrong.push(`half of a command: ${[...after.keys()].join(', ')}`);
      for (const id of after.keys()) this.settled.set(id, stored.get(id));
    }
    for (const [id, state] of this.settled)
      if (!doubtful.has(id) && !same(id, state)) wrong.push(`${id}: lost or changed`);
    for (const id of stored.keys()) if (!this.settled.has(id)) wrong.push(`${id}: nobody wrote it`);
    this.inDoubt.clear();
    return wrong;
  }
}

class Refusal extends Error {}

/** Mixed writes on documents of its own, one after the other, until the connection breaks. */
async function write(
  writer: number,
  round: number,
  uri: string,
  expectation: Expectation,
  count: () => void,
): Promise<void> {
  const client = await WireClient.open(uri);
  const run = async (command: Document): Promise<void> => {
    const reply = await client.command('crash', command);
    if (reply.ok !== 1 || reply.writeErrors) throw new Refusal(JSON.stringify(reply));
  };
  const own = [...expectation.settled.keys()].filter(
    (id) => id.startsWith(`${writer}-`) && expectation.settled.get(id),
  );
  try {
    for (let step = 0; ; step++) {
      const id = `${writer}-${round}-${step}`;
      const fresh = (name: string): Item => ({
        _id: name,
        writer,
        value: step,
        log: [step % 5],
        unique: name,
      });
      const chosen = own[(step * 7) % Math.max(own.length, 1)];
      const state = chosen === undefined ? undefined : expectation.settled.get(chosen);
      if (step % 5 === 0) {
        const names = Array.from({ length: BATCH }, (_, index) => `${id}-${index}`);
        const after = new Map(names.map((name) => [name, { value: step, log: [step % 5] }]));
        await expectation.change(after, () => run({ insert: 'items', documents: names.map(fresh) }));
        own.push(...names);
      } else if (step % 5 === 1 && state && chosen !== undefined) {
        const next = { value: state.value + 1, log: [...state.log, step] };
        await expectation.change(new Map([[chosen, next]]), () =>
          run({
            findAndModify: 'items',
            query: { _id: chosen, value: state.value },
            update: { $inc: { value: 1 }, $push: { log: step } },
          }),
        );
      } else if (step % 5 === 2 && own.length > 40) {
        const victims = own.splice(0, BATCH);
        await expectation.change(new Map(victims.map((name) => [name, undefined])), () =>
          run({ delete: 'items', deletes: [{ q: { _id: { $in: victims } }, limit: 0 }] }),
        );
      } else if (step % 5 === 3) {
        const touched = own.slice(0, BATCH);
        const after = new Map(
          touched.map((name) => [name, { value: -step, log: expectation.settled.get(name)?.log ?? [] }]),
        );
        await expectation.change(after, () =>
          run({
            update: 'items',
            updates: [{ q: { _id: { $in: touched } }, u: { $set: { value: -step } }, multi: true }],
          }),
        );
      } else {
        await expectation.change(new Map([[id, { value: step, log: [step % 5] }]]), () =>
          run({ insert: 'items', documents: [fresh(id)] }),
        );
        own.push(id);
      }
      count();
    }
  } catch (error) {
    // The process was killed under the command; a refusal of the database itself is a failure of this test.
    if (error instanceof Refusal) throw error;
  } finally {
    client.close();
  }
}

function stored(dataDir: string): { documents: Map<string, State>; wrong: string[] } {
  const store = openStore(dataDir);
  try {
    const documents = new Map<string, State>();
    const items = new Catalog(store).find('crash', 'items');
    if (!items) return { documents, wrong: [] };
    for (const { bytes } of store.records.all(items.space)) {
      const { _id, value, log } = deserialize(bytes) as Item;
      documents.set(_id, { value, log });
    }
    return { documents, wrong: inconsistenciesOf(store, items) };
  } finally {
    store.close();
  }
}

describe('a process that is killed while it writes', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'embedded-crash-'));
  afterAll(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });

  it(
    `keeps every acknowledged write and no half of a command, over ${KILLS} kills with ${WRITERS} connections`,
    async () => {
      const expectation = new Expectation();
      let acknowledged = 0;
      for (let round = 0; round < KILLS; round++) {
        const database = await startEmbeddedProcess(dataDir);
        if (round === 0) {
          const setUp = await WireClient.open(database.uri);
          const indexes = [
            { name: 'unique', key: { unique: 1 }, unique: true },
            { name: 'log', key: { log: 1 } },
            { name: 'writer', key: { writer: 1, value: -1 } },
            // Updates of the step 3 put documents into it, those of the step 8 take them out.
            { name: 'partial', key: { value: 1 }, partialFilterExpression: { value: -3 } },
          ];
          expect(await setUp.command('crash', { createIndexes: 'items', indexes })).toMatchObject({ ok: 1 });
          setUp.close();
        }
        const killAt = acknowledged + LEAST_PER_KILL + ((round * 37) % MORE_PER_KILL);
        let enough: () => void = () => undefined;
        const written = new Promise<void>((resolve) => (enough = resolve));
        const writers = Array.from({ length: WRITERS }, (_, writer) =>
          write(writer, round, database.uri, expectation, () => {
            if (++acknowledged >= killAt) enough();
          }),
        );
        // Writers only end before the kill when the database refuses them.
        await Promise.race([written, Promise.all(writers)]);
        await database.kill('SIGKILL');
        await Promise.all(writers);
        const { documents, wrong } = stored(dataDir);
        expect({ round, wrong: [...expectation.compare(documents), ...wrong] }).toEqual({ round, wrong: [] });
      }
      process.stdout.write(
        `${KILLS} kills, ${acknowledged} acknowledged commands, ${expectation.settled.size} documents\n`,
      );
      expect(acknowledged).toBeGreaterThanOrEqual(KILLS * LEAST_PER_KILL);
    },
    KILLS * PATIENCE_PER_KILL_MS,
  );
});
