import { AuditExport } from '../../src/audit/audit-export.service.js';
import { entryOf as readEntry } from '../../src/audit/audit-lines.js';
import { ChainWalk } from '../../src/audit/chain-walk.js';
import { AuditChain } from '../../src/audit/audit-chain.service.js';
import type { AuditEntry } from '../../src/audit/audit-entry.js';
import type { AuditEntryStore } from '../../src/audit/audit-entry.store.port.js';
import { AuditVerifier } from '../../src/audit/audit-verification.service.js';
import { AUDIT_ENTRY_MODEL } from '../../src/persistence/audit/audit-entry.schema.js';
import { AUDIT_MODELS } from '../../src/persistence/audit/index.js';
import { MongooseAuditEntryStore } from '../../src/persistence/audit/mongoose-audit-entry.store.js';
import { newId } from '../../src/platform/ids.js';
import { createLog } from '../../src/platform/logging/create-log.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

const ENTRIES = 300;

function entryOf(number: number): AuditEntry {
  const at = 1_790_000_000_000 + number;
  return {
    // Of the same moment: ids of one millisecond have no order, and several entries may be written in one.
    id: newId(at),
    tenantId: 'default',
    at: new Date(at),
    action: 'credits.grant',
    phase: 'asked',
    actorId: 'ada',
    targetKind: 'user',
    targetId: `user-${number}`,
    requestId: `request-${number}`,
    details: { amount: number, reason: 'Pilot' },
    expiresAt: new Date(4_000_000_000_000),
  };
}

/** The same value with one bit changed. */
function flip(value: unknown): unknown {
  if (typeof value === 'string')
    return `${value.slice(0, -1)}${String.fromCharCode(value.charCodeAt(value.length - 1) ^ 1)}`;
  if (value instanceof Date) return new Date(Number(BigInt(value.getTime()) ^ 1n));
  return Number(value) ^ 4;
}

describe('the chain of the audit log', () => {
  let database: TestDatabase;
  let store: AuditEntryStore;
  let verifier: AuditVerifier;

  beforeAll(async () => {
    database = await openTestDatabase(AUDIT_MODELS);
  });
  beforeEach(async () => {
    await database.clear();
    store = new MongooseAuditEntryStore(database.model(AUDIT_ENTRY_MODEL));
    verifier = new AuditVerifier(store);
  });
  afterAll(() => database.close());

  const entries = () => database.connection.model(AUDIT_ENTRY_MODEL).collection;
  const chain = () => new AuditChain(store, createLog({ level: 'silent' }));
  async function writeChain(count: number): Promise<void> {
    for (let number = 1; number <= count; number += 1) await store.insert(entryOf(number));
    await chain().extend();
  }

  it('gives each entry one place, without gaps, whoever chains and however many at once', async () => {
    const written = Array.from({ length: ENTRIES }, (_, number) => entryOf(number));
    const chains = [chain(), chain(), chain()];
    for (let from = 0; from < ENTRIES; from += 50) {
      await Promise.all(written.slice(from, from + 50).map((entry) => store.insert(entry)));
      await Promise.all(chains.map((one) => one.extend()));
    }
    const chained = await store.chained(1, 2 * ENTRIES);
    expect(chained.map(({ sequence }) => sequence)).toEqual(written.map((_, index) => index + 1));
    expect(new Set(chained.map(({ id }) => id))).toEqual(new Set(written.map(({ id }) => id)));
    const { hash } = chained.at(-1) ?? {};
    expect(await verifier.verify(1)).toEqual({
      verified: ENTRIES,
      next: null,
      last: { sequence: ENTRIES, hash },
    });
    expect(await store.pending(1)).toEqual([]);
  });

  it.each<[string, object]>([
    ['who', { actorId: 'adb' }],
    ['a letter of a reason', { 'details.reason': 'Qilot' }],
    ['an amount', { 'details.amount': 3 }],
    ['a millisecond', { at: new Date(1_790_000_000_003) }],
    ['what was asked', { action: 'credits.adjust' }],
    ['whether it was refused', { phase: 'refused' }],
    ['to whom', { targetId: 'user-3' }],
    ['how long it is kept', { expiresAt: new Date(4_000_000_000_001) }],
    ['its hash', { hash: '0'.repeat(64) }],
  ])('names an entry of which %s was changed', async (_what, change) => {
    await writeChain(4);
    const [, second] = await store.chained(1, 4);
    await entries().updateOne({ _id: second?.id as never }, { $set: change });
    expect(await verifier.verify(1)).toMatchObject({
      verified: 1,
      fault: { sequence: 2, id: second?.id, problem: 'changed' },
    });
  });

  it('names an entry that is gone, and one that was put in its place', async () => {
    await writeChain(5);
    const [, second, third] = await store.chained(1, 5);
    await entries().deleteOne({ _id: third?.id as never });
    expect(await verifier.verify(1)).toMatchObject({
      verified: 2,
      fault: { sequence: 3, problem: 'missing' },
    });
    expect(await verifier.verify(4)).toMatchObject({ verified: 2, next: null });
    await entries().updateOne({ _id: second?.id as never }, { $set: { previousHash: '1'.repeat(64) } });
    expect(await verifier.verify(1)).toMatchObject({
      verified: 1,
      fault: { sequence: 2, id: second?.id, problem: 'unlinked' },
    });
  });

  // Those of a few words only are in `chain-walk.spec.ts`, with each bit of all.
  it.each([
    ...['_id', 'tenantId', 'at', 'answers', 'actorId', 'apiKeyId', 'targetId', 'requestId', 'code'],
    ...['details.amount', 'details.reason', 'expiresAt', 'sequence', 'previousHash', 'hash'],
  ])('names the entry in which one bit of %s is another', async (field) => {
    for (let number = 1; number <= 3; number += 1)
      await store.insert({
        ...entryOf(number),
        phase: 'refused',
        answers: newId(),
        apiKeyId: 'key',
        code: 'conflict',
      });
    await chain().extend();
    const [, second] = await store.chained(1, 3);
    const before = await entries().findOne({ _id: second?.id as never });
    const value = field
      .split('.')
      .reduce<unknown>((found, name) => (found as Record<string, unknown>)[name], before);
    const flipped = flip(value);
    if (field === '_id') {
      await entries().deleteOne({ _id: second?.id as never });
      await entries().insertOne({ ...before, _id: flipped as never });
    } else await entries().updateOne({ _id: second?.id as never }, { $set: { [field]: flipped } });
    const problems: Record<string, string> = { sequence: 'missing', previousHash: 'unlinked' };
    expect(await verifier.verify(1)).toMatchObject({
      verified: 1,
      fault: { sequence: 2, problem: problems[field] ?? 'changed' },
    });
  });

  it('finds by an anchor that was kept elsewhere that its end is gone, or that it is another chain', async () => {
    await writeChain(6);
    const { last: anchor } = await verifier.verify(1);
    expect(await verifier.verify(1, anchor)).toMatchObject({ verified: 6, anchorSeen: true });
    expect(await verifier.verify(4, anchor)).toMatchObject({ verified: 3, anchorSeen: true });
    for (const { id } of await store.chained(5, 2)) await entries().deleteOne({ _id: id as never });
    // By itself the chain does not know how long it was.
    expect((await verifier.verify(1)).fault).toBeUndefined();
    expect(await verifier.verify(1, anchor)).toMatchObject({
      verified: 4,
      fault: { sequence: 5, problem: 'missing' },
      anchorSeen: false,
    });
    await writeChain(4);
    const [, , , , , sixth] = await store.chained(1, 10);
    expect(await verifier.verify(1, anchor)).toMatchObject({
      verified: 5,
      fault: { sequence: 6, id: sixth?.id, problem: 'replaced' },
      anchorSeen: true,
    });
  });

  it('goes on behind an end that an instance has seen and somebody has removed', async () => {
    const running = chain();
    for (let number = 1; number <= 4; number += 1) await store.insert(entryOf(number));
    await running.extend();
    const [, , third, fourth] = await store.chained(1, 4);
    for (const entry of [third, fourth]) await entries().deleteOne({ _id: entry?.id as never });
    await store.insert(entryOf(5));
    await running.extend();
    expect(await verifier.verify(1)).toMatchObject({
      verified: 2,
      fault: { sequence: 3, problem: 'missing' },
    });
    expect((await store.chained(5, 1))[0]).toMatchObject({ previousHash: fourth?.hash });
  });

  it('is told whole, batch by batch, with an end', async () => {
    // As the store writes them, in one command.
    await entries().insertMany(
      Array.from({ length: 2500 }, (_, index) => {
        const { id, ...entry } = entryOf(index + 1);
        return { _id: id as never, ...entry, pending: true };
      }),
    );
    await chain().extend();
    await store.insert(entryOf(2501));
    const told: string[] = [];
    for await (const lines of new AuditExport(store, chain()).lines(1)) told.push(lines);
    expect(told.map((lines) => lines.split('\n').length - 1)).toEqual([1000, 1000, 501, 1]);
    const lines = told
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { last } = await verifier.verify(1);
    expect(lines.at(-1)).toEqual({ end: true, entries: 2501, next: null, last });
    const walk = new ChainWalk(1);
    for (const line of lines.slice(0, -1)) expect(walk.take(readEntry(line, 'default'))).toBeUndefined();
    expect(walk.last).toEqual(last);
  });

  it('is verified from what is left when its beginning has gone by its age', async () => {
    await writeChain(5);
    for (const { id } of await store.chained(1, 2)) await entries().deleteOne({ _id: id as never });
    expect(await verifier.verify(1)).toMatchObject({ verified: 3, next: null, last: { sequence: 5 } });
  });

  it('lists by actor, target and action, newest first, page after page', async () => {
    await writeChain(5);
    await store.insert({ ...entryOf(6), actorId: 'eve' });
    const first = await store.list({ actorId: 'ada' }, 3);
    expect(first.map(({ targetId }) => targetId)).toEqual(['user-5', 'user-4', 'user-3']);
    const rest = await store.list({ actorId: 'ada', action: 'credits.grant' }, 3, first.at(-1)?.id);
    expect(rest.map(({ targetId }) => targetId)).toEqual(['user-2', 'user-1']);
    expect(await store.list({ targetId: 'user-6' }, 3)).toMatchObject([{ actorId: 'eve' }]);
    expect(await store.list({ action: 'chatflow.put' }, 3)).toEqual([]);
  });
});
