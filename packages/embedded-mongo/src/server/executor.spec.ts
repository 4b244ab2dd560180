import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import { serialize, type Document } from 'bson';
import { openEngine, type EmbeddedEngine } from '../../test/support/embedded-engine.js';
import { decodeDocument } from '../bson/decode.js';
import { MAX_EXPIRED_AT_ONCE } from '../engine/expiry.js';
import { WriteFailedError } from '../errors.js';
import { Executor } from './executor.js';

describe('what the executor does by itself', () => {
  let engine: EmbeddedEngine;
  let executor: Executor;
  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => {
    executor.flush();
    engine.close();
  });

  const submit = (
    command: Document,
    answered: (reply: Map<string, unknown>) => void = () => undefined,
  ): { isAnswered: boolean } => {
    const state = { isAnswered: false };
    const body = decodeDocument(Buffer.from(serialize({ ...command, $db: 'test' })));
    executor.submit({
      request: { requestId: 1, kind: 'message', body, wantsReply: true },
      answer: (reply) => {
        state.isAnswered = true;
        answered(reply);
      },
    });
    return state;
  };

  it('lets documents expire some at a time, and serves others in between', async () => {
    engine.fill('c', []);
    engine.ok({ createIndexes: 'c', indexes: [{ key: { at: 1 }, name: 'ttl', expireAfterSeconds: 1 }] });
    const count = 2 * MAX_EXPIRED_AT_ONCE + 50;
    const documents = Array.from({ length: count }, (_, _id) => ({ _id, at: new Date(0) }));
    engine.ok({ insert: 'c', documents: [...documents, { _id: count, at: new Date(5e12) }] });
    const left = (): number => engine.store.totalsOf(spaceOf('c')).count;
    executor = new Executor(engine.store);
    const [all] = [left()];
    executor.expire(Date.now());
    expect(left()).toBe(all - MAX_EXPIRED_AT_ONCE);
    const asked = submit({ find: 'c', filter: {} });
    for (let turns = 0; !asked.isAnswered; turns++) {
      expect(turns).toBeLessThan(3);
      await immediate();
    }
    expect(left()).toBeGreaterThan(1);
    for (let turns = 0; left() > 1; turns++) {
      expect(turns).toBeLessThan(10);
      await immediate();
    }
  });

  it('lets no more expire at a time because it is asked to again meanwhile', async () => {
    engine.fill('c', []);
    engine.ok({ createIndexes: 'c', indexes: [{ key: { at: 1 }, name: 'ttl', expireAfterSeconds: 1 }] });
    const count = 5 * MAX_EXPIRED_AT_ONCE;
    engine.ok({
      insert: 'c',
      documents: Array.from({ length: count }, (_, _id) => ({ _id, at: new Date(0) })),
    });
    const left = (): number => engine.store.totalsOf(spaceOf('c')).count;
    executor = new Executor(engine.store);
    executor.expire(Date.now());
    executor.expire(Date.now());
    expect(left()).toBe(count - MAX_EXPIRED_AT_ONCE);
    await immediate();
    expect(left()).toBeGreaterThanOrEqual(count - 2 * MAX_EXPIRED_AT_ONCE);
  });

  it('leaves nothing of what has just expired when the log is emptied behind it', () => {
    engine.fill('c', [{ at: new Date(0), text: 'Geheimnis' }]);
    engine.ok({ createIndexes: 'c', indexes: [{ key: { at: 1 }, name: 'ttl', expireAfterSeconds: 1 }] });
    const holders = (): string[] =>
      readdirSync(engine.directory).filter((name) =>
        readFileSync(join(engine.directory, name)).includes('Geheimnis'),
      );
    executor = new Executor(engine.store);
    executor.tidy();
    expect(holders()).toEqual(['data.db']);
    executor.expire(Date.now());
    executor.tidy();
    expect(holders()).toEqual([]);
  });

  it('has a collection as it was when its removal could not be written', () => {
    engine.fill('c', [{ _id: 1, n: 0 }]);
    executor = new Executor(engine.store);
    const replies: unknown[] = [];
    const run = (...commands: Document[]): void => {
      for (const command of commands) submit(command, (reply) => void replies.push(reply.get('ok')));
      executor.flush();
    };
    run({ find: 'c', filter: {} });
    const { sql } = engine.store as unknown as { sql: { clearRecords: { run: unknown } } };
    const { clearRecords } = sql;
    const works = clearRecords.run;
    clearRecords.run = () => {
      throw new WriteFailedError('no room', true);
    };
    run({ update: 'c', updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }] }, { drop: 'c' });
    clearRecords.run = works;
    run({ find: 'c', filter: {} }, { find: 'c', filter: { _id: 1 } });
    expect(replies).toEqual([1, 0, 0, 1, 1]);
  });

  it('does not finish a sweep at once because something is due', async () => {
    engine.fill(
      'c',
      Array.from({ length: 400 }, (_, _id) => ({ _id, text: `${_id}`.repeat(4000) })),
    );
    executor = new Executor(engine.store);
    const swept = submit({ fsync: 1 });
    await immediate();
    executor.expire(Date.now());
    executor.tidy();
    expect(swept.isAnswered).toBe(false);
    for (let turns = 0; !swept.isAnswered; turns++) {
      expect(turns).toBeLessThan(10_000);
      await immediate();
    }
  });

  /** Of a collection's documents. */
  const spaceOf = (name: string): number => {
    for (const [, bytes] of engine.store.metas('collection:')) {
      const meta = decodeDocument(bytes);
      if (meta.get('name') === name) return Number((meta.get('space') as { value: number }).value);
    }
    throw new Error(`no collection ${name}`);
  };
});
