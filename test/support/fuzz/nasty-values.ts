import type { Random } from '../../faults/random.js';

/** Written as a number that JavaScript cannot write: `withRawNumbers` takes the quotes away. */
const raw = (number: string): string => `@@${number}@@`;
const RAW_NUMBER = /"@@([^"@]+)@@"/g;

/** The JSON text of a value, with the numbers that only a text can have. */
export function toText(value: unknown): string | undefined {
  return (JSON.stringify(value) as string | undefined)?.replace(RAW_NUMBER, '$1');
}

const nested = (depth: number, wrap: (inner: unknown) => unknown): unknown =>
  Array.from({ length: depth }).reduce<unknown>((inner) => wrap(inner), 1);
/** With the key as a member of its own, which no literal makes of `__proto__`. */
const withKey = (key: string, value: unknown): unknown =>
  JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`) as unknown;

/** Names that every object has, that databases take for commands, that paths and templates read. */
export const KEYS = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then', 'toJSON'],
  ...[
    '$gt',
    '$where',
    '$set',
    '$ref',
    '$',
    'a.b',
    '',
    '_id',
    'id',
    'userId',
    'tenantId',
    'length',
    '0',
    '\0',
  ],
  ...['\ud800', '\u202e', 'type', 'roles', 'x'.repeat(300)],
];

const STRINGS = [
  ...[
    '',
    ' ',
    '\n',
    '\0',
    'a\0b',
    '\ud800',
    'a\udc00',
    '\u202egnp',
    '\u2028',
    '\ufeff',
    '\ufffe',
    '🧑‍🚀',
    'é',
    'ﬁ',
    'İ',
  ],
  ...[
    'NaN',
    'Infinity',
    '-Infinity',
    '-0',
    '-1',
    '0',
    '1e309',
    '0x10',
    '1_000',
    '٣',
    'null',
    'undefined',
    'true',
  ],
  ...[
    '../..',
    '.',
    '..',
    '%00',
    '%2e%2e',
    '/',
    '\\',
    'a/b',
    'a?b',
    'a#b',
    'a\r\nX-Injected: 1',
    'data: x\n\n',
  ],
  ...[
    "' OR 1=1",
    '{"$gt":""}',
    '${7*7}',
    '<script>',
    '[object Object]',
    'a@b',
    'a@b.c',
    'A@EXAMPLE.COM',
    'http://[',
  ],
  ...[
    '2026-02-30',
    '0000-00-00',
    '9999-12-31T23:59:59.999Z',
    '+275760-09-13T00:00:00.001Z',
    '-000001-01-01',
    '1e400',
  ],
  ...[
    'data:text/plain;base64,####',
    'data:,',
    'x'.repeat(129),
    'x'.repeat(257),
    'é'.repeat(201),
    '🧑‍🚀'.repeat(300),
  ],
  ...KEYS,
];
const LONG_STRINGS = [
  'x'.repeat(10_001),
  '\u202e'.repeat(20_000),
  'x'.repeat(100_001),
  '\ud800'.repeat(40_000),
];

const NUMBERS = [
  ...[0, -1, 1.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, -(2 ** 53), 1e21, 1e308, -1e308, 5e-324],
  ...['-0', '1e309', '-1e999', '9'.repeat(400), `0.${'1'.repeat(400)}`].map(raw),
];

const OTHERS = [
  ...[
    null,
    true,
    false,
    [],
    {},
    [null],
    [[]],
    [{}],
    ['a', 'a'],
    { length: 1e9 },
    { then: 1 },
    { toJSON: 'x' },
  ],
  ...KEYS.map((key) => withKey(key, 1)),
  ...['__proto__', 'constructor'].map((key) => withKey(key, { admin: true, roles: ['admin'] })),
  ...[{ $gt: '' }, { $ne: null }, { $where: 'sleep(1)' }, { $oid: '0'.repeat(24) }, { $regex: '(a+)+$' }],
  ...[10, 31, 33, 65, 200].flatMap((depth) => [
    nested(depth, (inner) => [inner]),
    nested(depth, (inner) => ({ a: inner })),
  ]),
  Array.from({ length: 1001 }, () => 1),
];

export const nastyString = (random: Random): string =>
  random.chance(0.02) ? oneOf(random, LONG_STRINGS) : oneOf(random, STRINGS);

/** A value that no field expects. */
export function nastyValue(random: Random): unknown {
  const kind = random.next();
  if (kind < 0.4) return nastyString(random);
  // Of its own: what it is put into may be changed again.
  return structuredClone(oneOf<unknown>(random, kind < 0.6 ? NUMBERS : OTHERS));
}

export function oneOf<T>(random: Random, list: readonly T[]): T {
  const found = list[random.below(list.length)];
  if (found === undefined && list.length === 0) throw new Error('There is nothing to choose from');
  return found as T;
}
