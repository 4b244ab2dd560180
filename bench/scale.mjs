// `npm run scale:docs`: writes the tables of docs/scale.md from what the benchmarks have measured (docs/performance) and the assumptions below.
import { readFileSync, writeFileSync } from 'node:fs';
import prettier from 'prettier';
import { figureIn } from './lib/report-tables.mjs';
import { toTable } from './lib/report.mjs';

const FILE = 'docs/scale.md';

/** How people use it. A stream is a turn: open from its question to its end. */
const ASSUMED = {
  tokensPerTurn: 600,
  tokensPerSecond: 30,
  /** Of a core; the rest is for bursts, the garbage collector and a release under way. */
  usableCore: 0.6,
  /** Of a MongoDB primary of some cores on fast disks, small ordered writes; and of one thread of Redis. */
  mongoCommandsPerSecond: 30_000,
  redisCommandsPerSecond: 100_000,
  /** Turns that have a reader on another instance: a reload, a second tab, a connection that broke. */
  followedShare: 0.05,
  /** Feeds are merged for 25 ms, and tokens come more slowly than that. */
  messagesPerFollowedSecond: 30,
  probesPerInstance: 4,
  /** Scripts of the shared limits: two of admission and leave together. */
  scriptsPerTurn: 2,
  largestInstanceStreams: 5000,
};
const STREAMS = [10_000, 1_000_000, 100_000_000];

const measured = {
  turnMs: figureIn('side-by-side-node20.md', 'Short turns (20 tokens)', 'Tollgate', 'CPU µs/turn') / 1000,
  tokenUs: figureIn('side-by-side-node20.md', 'CPU per token, 200 open streams', 'Tollgate', 'µs/token'),
  idleKb: figureIn('idle-node20.md', 'Memory per idle', 'Tollgate', '5,000 streams'),
  databaseCalls: figureIn(
    'latency-node20.md',
    'Database calls per turn',
    'all',
    'per turn of an existing session',
  ),
};

const turnSeconds = ASSUMED.tokensPerTurn / ASSUMED.tokensPerSecond;
const perStream = {
  /** Of a core. */
  cpu: (measured.turnMs / 1000 + (ASSUMED.tokensPerTurn * measured.tokenUs) / 1e6) / turnSeconds,
  turns: 1 / turnSeconds,
};
const streamsPerInstance = Math.min(
  Math.floor(ASSUMED.usableCore / perStream.cpu),
  ASSUMED.largestInstanceStreams,
);

const rows = STREAMS.map((streams) => {
  const instances = Math.ceil(streams / streamsPerInstance);
  const turns = streams * perStream.turns;
  // Checkpoints: one write for up to a hundred turns and a second; leases, watches and the instance's own record besides.
  const mongo = turns * measured.databaseCalls + streams / 100 + instances * 2;
  const redis =
    turns * ASSUMED.scriptsPerTurn +
    streams * ASSUMED.followedShare * ASSUMED.messagesPerFollowedSecond +
    instances * ASSUMED.probesPerInstance;
  return [
    streams.toLocaleString('en'),
    instances.toLocaleString('en'),
    Math.round(turns).toLocaleString('en'),
    Math.round((streams * ASSUMED.tokensPerSecond) / 1000).toLocaleString('en'),
    Math.round((streams * measured.idleKb) / 1e6).toLocaleString('en'),
    Math.round(mongo).toLocaleString('en'),
    String(Math.ceil(mongo / ASSUMED.mongoCommandsPerSecond)),
    Math.round(redis).toLocaleString('en'),
    String(Math.ceil(redis / ASSUMED.redisCommandsPerSecond)),
  ];
});

const tables = {
  core: toTable(
    ['one core', 'figure'],
    [
      ['CPU of a turn without its tokens, ms', measured.turnMs],
      ['CPU of a token, µs', measured.tokenUs],
      [
        `streams of ${ASSUMED.tokensPerSecond} tokens/s that it carries at ${ASSUMED.usableCore * 100} %`,
        String(streamsPerInstance),
      ],
      ['turns a second among them', streamsPerInstance * perStream.turns],
      ['memory of an idle stream, kB', measured.idleKb],
      ['database commands of a turn', measured.databaseCalls],
    ],
  ),
  all: toTable(
    [
      'open streams',
      'instances (one core)',
      'turns/s',
      'thousand tokens/s',
      'GB of streams',
      'MongoDB commands/s',
      'primaries',
      'Redis commands/s',
      'Redis nodes',
    ],
    rows,
  ),
};

let text = readFileSync(FILE, 'utf8');
for (const [name, table] of Object.entries(tables))
  text = text.replace(
    new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- /${name} -->)`),
    (_, begin, end) => `${begin}\n${table}${end}`,
  );
const style = await prettier.resolveConfig(FILE);
writeFileSync(FILE, await prettier.format(text, { ...style, parser: 'markdown' }));
process.stdout.write(`Wrote ${FILE}\n`);
