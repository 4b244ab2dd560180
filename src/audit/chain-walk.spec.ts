import { createHash } from 'node:crypto';
import type { AuditEntry, ChainedEntry } from './audit-entry.js';
import { FIRST_HASH, hashOf } from './audit-hash.js';
import { ChainWalk } from './chain-walk.js';

const entry = (number: number): AuditEntry => ({
  id: `0199a1c2-1111-7abc-8def-00000000000${number}`,
  tenantId: 'default',
  at: new Date(1_790_000_000_000 + number),
  action: 'credits.adjust',
  phase: 'refused',
  answers: '0199a1c2-1111-7abc-8def-0000000000aa',
  actorId: 'ada',
  apiKeyId: 'a key',
  targetKind: 'user',
  targetId: `user-${number}`,
  requestId: `request-${number}`,
  code: 'conflict',
  details: { amount: number, reason: 'Pilot' },
  expiresAt: new Date(4_000_000_000_000),
});

function chained(count: number): ChainedEntry[] {
  let previousHash = FIRST_HASH;
  return Array.from({ length: count }, (_, index) => {
    const [sequence, one] = [index + 1, entry(index + 1)];
    const placed = { ...one, sequence, previousHash, hash: hashOf(sequence, previousHash, one) };
    previousHash = placed.hash;
    return placed;
  });
}

/** Each value that one changed bit can make of it. */
function* flips(value: unknown): Generator<unknown> {
  if (typeof value === 'string')
    for (let at = 0; at < value.length; at += 1)
      for (let bit = 0; bit < 7; bit += 1)
        yield (
          value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) ^ (1 << bit)) + value.slice(at + 1)
        );
  else if (value instanceof Date)
    for (let bit = 0n; bit < 40n; bit += 1n) yield new Date(Number(BigInt(value.getTime()) ^ (1n << bit)));
  else if (typeof value === 'number') for (let bit = 0; bit < 30; bit += 1) yield value ^ (1 << bit);
}

function faultOf(entries: readonly ChainedEntry[]) {
  const walk = new ChainWalk(1);
  return entries.map((one) => walk.take(one)).find((fault) => fault !== undefined);
}

describe('ChainWalk', () => {
  const whole = chained(3);

  it('finds nothing in a chain that is as it was', () => {
    expect(faultOf(whole)).toBeUndefined();
  });

  it('names the entry in which any one bit of any field is another', () => {
    const [first, second, third] = whole as [ChainedEntry, ChainedEntry, ChainedEntry];
    let tried = 0;
    const tell = (changed: ChainedEntry): void => {
      tried += 1;
      expect(faultOf([first, changed, third])).toMatchObject({ sequence: 2 });
    };
    for (const [name, value] of Object.entries(second))
      for (const flipped of flips(value)) tell({ ...second, [name]: flipped });
    for (const [name, value] of Object.entries(second.details ?? {}))
      for (const flipped of flips(value))
        tell({ ...second, details: { ...second.details, [name]: flipped } as never });
    expect(tried).toBeGreaterThan(2000);
  });

  it('names an entry of which a field is gone, or was put in', () => {
    const [first, second, third] = whole as [ChainedEntry, ChainedEntry, ChainedEntry];
    for (const name of [
      'answers',
      'actorId',
      'apiKeyId',
      'targetKind',
      'targetId',
      'requestId',
      'code',
      'details',
    ])
      expect(faultOf([first, { ...second, [name]: undefined }, third])).toMatchObject({
        sequence: 2,
        problem: 'changed',
      });
  });

  it('has one field more in the hash of an outcome, and otherwise what the documents say', () => {
    const { answers, ...asked } = entry(1);
    const { id, tenantId, at, action, phase, actorId, apiKeyId, targetKind, targetId, requestId } = asked;
    const fields = [
      ...[1, FIRST_HASH, id, tenantId, at, action, phase, actorId, apiKeyId, targetKind, targetId],
      ...[
        requestId,
        asked.code,
        [
          ['amount', 1],
          ['reason', 'Pilot'],
        ],
        asked.expiresAt,
      ],
    ];
    const sha = (text: string) => createHash('sha256').update(text).digest('hex');
    expect(hashOf(1, FIRST_HASH, asked)).toBe(sha(JSON.stringify(fields)));
    expect(hashOf(1, FIRST_HASH, entry(1))).toBe(sha(JSON.stringify([...fields, answers])));
  });
});
