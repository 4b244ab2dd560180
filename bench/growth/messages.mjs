// What stored messages make a request cost: the same product and data folder, with ever more messages in it.
import { rm } from 'node:fs/promises';
import { withDatabase } from '../lib/database.mjs';
import { lineChart } from '../lib/line-chart.mjs';
import { progress } from '../lib/progress.mjs';
import { toTable } from '../lib/report.mjs';
import { seedEpochMs, seedMessages } from '../lib/seed.mjs';
import { percentile } from '../lib/stats.mjs';
import { settled } from '../lib/settle.mjs';
import { startTurn } from '../lib/turn-reader.mjs';
import { call, newDataDir, provision, startProduct } from '../tollgate-target.mjs';
import { explainQueries, findCursors, PAGE } from './queries.mjs';

const WORKLOAD = 'n20-r0';
const WARM_TIMES = 20;

const VERIFIED_WITHIN_MS = 120_000;

/** @returns sections of a report */
export async function measureMessageGrowth(upstreamUrl, { counts, times, node }) {
  const dataDir = await newDataDir();
  const epochMs = seedEpochMs();
  const measured = new Map();
  let plans;
  try {
    const { userIds, token } = await prepare(upstreamUrl, dataDir, node);
    let from = 0;
    for (const total of counts) {
      progress(`seeding up to ${total} messages`);
      const places = await withDatabase(dataDir, async (db) => {
        const seeded = await seedMessages(db, { userIds, from, total, epochMs });
        const cursors = await findCursors(db, userIds[0], seeded);
        plans = await explainQueries(db, userIds[0], seeded, cursors);
        return { ...seeded, cursors };
      });
      from = total;
      const server = await startProduct(upstreamUrl, dataDir, { node });
      try {
        // The embedded database verifies a large file beside its work after each start; that is over soon and no request's cost.
        await settled(server.cpuMicros, { longestMs: VERIFIED_WITHIN_MS });
        for (const [name, once] of Object.entries(requests(server.url, token, places))) {
          const values = await repeat(once, times);
          measured.set(name, [...(measured.get(name) ?? []), { total, values }]);
          progress(
            `${total} messages, ${name}: p50 ${percentile(values, 0.5).toFixed(2)} ms, p99 ${percentile(values, 0.99).toFixed(2)} ms`,
          );
        }
      } finally {
        await server.stop();
      }
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
  return [...sectionsOf(measured, times), { title: 'Indexes used', text: plans.text, table: plans.table }];
}

/** Each answers with its milliseconds. */
function requests(url, token, { longSessionId, cursors }) {
  const get = (path, least) => async () => {
    const startedAt = performance.now();
    const page = await call(url, 'GET', path, token);
    const ms = performance.now() - startedAt;
    if (page.data.length < Math.min(least, PAGE)) throw new Error(`${path}: ${page.data.length} items`);
    return ms;
  };
  const turn = (sessionId) => async () => {
    const { tokens, wholeMs } = await startTurn(url, token, WORKLOAD, { sessionId });
    if (tokens !== 20) throw new Error(`${tokens} of 20 tokens`);
    return wholeMs;
  };
  const messages = `/sessions/${longSessionId}/messages?limit=${PAGE}`;
  return {
    'session list, first page': get(`/sessions?limit=${PAGE}`, 1),
    'session list, a page in its middle': get(`/sessions?limit=${PAGE}&after=${cursors.session}`, 1),
    'messages of a long session, first page': get(messages, 1),
    'messages of a long session, a page in its middle': get(`${messages}&after=${cursors.message}`, 1),
    'short turn, new session': turn(undefined),
    'short turn, long session': turn(longSessionId),
  };
}

async function repeat(once, times) {
  for (let time = 0; time < WARM_TIMES; time++) await once();
  const values = [];
  for (let time = 0; time < times; time++) values.push(await once());
  return values;
}

/** Lets the product make its indexes and users. @returns the users' ids, and the first one's token */
async function prepare(upstreamUrl, dataDir, node) {
  const server = await startProduct(upstreamUrl, dataDir, { node });
  const { tokens, userIds } = await provision(server.url, [WORKLOAD]);
  await server.stop();
  return { userIds, token: tokens[0] };
}

function sectionsOf(measured, times) {
  const [points] = measured.values();
  const counts = points.map(({ total }) => total);
  return Object.entries({ p50: 0.5, p99: 0.99 }).map(([name, share]) => {
    const title = `Requests with ever more stored messages, ${name} (ms)`;
    const lines = [...measured].map(([request, values]) => ({
      name: request,
      points: values.map((one) => [one.total, percentile(one.values, share)]),
    }));
    // From the second count on: in the first, whole tables fit into one page.
    const rows = lines.map(({ name: request, points: of }) => {
      const values = of.map(([, value]) => value);
      return [request, ...values, values.at(-1) / (values.at(-2) ?? NaN)];
    });
    const [last, before] = [counts.at(-1), counts.at(-2)].map((count) => count?.toLocaleString('en'));
    const table = toTable(
      ['', ...counts.map((count) => `${count.toLocaleString('en')} messages`), `${last} ÷ ${before ?? '–'}`],
      rows,
    );
    return {
      title,
      text: `${times} requests each, one after the other, through HTTP. A page has ${PAGE} entries. A tenth of the messages is in one session; three in five of the other sessions, of 20 messages each, belong to the user who asks.`,
      table,
      charts: { [name]: lineChart(title, 'stored messages', lines) },
    };
  });
}
