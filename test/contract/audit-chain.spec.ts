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
  return {
    id: newId(),
    tenantId: 'default',
    at: new Date(1_790_000_000_000 + number),
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

describe('the chain of the audit log', () => {
  let database: TestDatabase;
  let store: AuditEntryStore;
  let verifier: AuditVerifier;

  beforeEach(async () => {
    database = await openTestDatabase(AUDIT_MODELS);
    store = new MongooseAuditEntryStore(database.model(AUDIT_ENTRY_MODEL));
    verifier = new AuditVerifier(store);
  });
  afterEach(() => database.close());

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
