// The load client, in a process of its own. Takes jobs from its parent, checks every byte of every stream, and answers
// with figures.
import { Agent } from 'node:http';
import { serveJobs } from './lib/jobs.mjs';
import { openStream } from './lib/stream-reader.mjs';
import { nowNs } from './lib/workload.mjs';

const OPENING_AT_ONCE = 100;
const newAgent = () => new Agent({ keepAlive: true, maxSockets: Infinity });

/** Streams that stay open between jobs. */
const held = [];
/** What the paced streams' tokens are counted into while a window is open. */
let measured;

const JOBS = {
  /** `streams` at once, all from the start. */
  async together({ target, workload, streams }) {
    const agent = newAgent();
    const startedNs = nowNs();
    const runs = await Promise.all(
      Array.from({ length: streams }, () => openStream({ target, workload, agent }).ended),
    );
    agent.destroy();
    return { ...summary(runs), seconds: Number(nowNs() - startedNs) / 1e9 };
  },
  /** `perSecond` new streams for `seconds`, however long each takes. */
  async arriving({ target, workload, perSecond, seconds }) {
    const agent = newAgent();
    const streams = Math.round(perSecond * seconds);
    const runs = [];
    await new Promise((resolve) => {
      const timer = setInterval(() => {
        runs.push(openStream({ target, workload, agent }).ended);
        if (runs.length < streams) return;
        clearInterval(timer);
        resolve();
      }, 1000 / perSecond);
    });
    const done = await Promise.all(runs);
    agent.destroy();
    return summary(done);
  },
  /** `concurrency` streams one after the other, for `seconds`. */
  async closed({ target, workload, concurrency, seconds }) {
    const agent = newAgent();
    const until = Date.now() + seconds * 1000;
    const runs = [];
    const startedNs = nowNs();
    const worker = async () => {
      while (Date.now() < until) runs.push(await openStream({ target, workload, agent }).ended);
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    agent.destroy();
    return { ...summary(runs), perSecond: runs.length / (Number(nowNs() - startedNs) / 1e9) };
  },
  /** Opens `streams`, waits for each one's first token, and keeps them open until the job `release`. */
  async open({ target, workload, streams }) {
    await openBatches(streams, () => openStream({ target, workload }), 'first');
    return { open: held.length };
  },
  /** Opens `streams` that go on in the background, and waits for their headers only: the first token may be seconds away. */
  async openPaced({ target, workload, streams }) {
    const onToken = (receivedNs, delayMs) => {
      if (measured === undefined) return;
      measured.tokens++;
      if (delayMs !== undefined) measured.delaysMs.push(delayMs);
    };
    await openBatches(streams, () => openStream({ target, workload, onToken }), 'opened');
    return { open: held.length };
  },
  async beginWindow() {
    measured = { tokens: 0, delaysMs: [], startedNs: nowNs() };
    return {};
  },
  /** Fails when a stream has ended before: its end would be in the figures. */
  async endWindow() {
    const { startedNs, ...figures } = measured;
    measured = undefined;
    if (counts.ended > 0) throw new Error(`${counts.ended} streams had ended in the window`);
    return { ...figures, seconds: Number(nowNs() - startedNs) / 1e9 };
  },
  /** Waits until all held streams have ended by themselves, complete. */
  async finish() {
    const done = await Promise.all(held.splice(0).map(({ ended }) => ended));
    counts.ended = 0;
    return { streams: done.length };
  },
  async release() {
    await Promise.all(held.splice(0).map((stream) => stream.close()));
    counts.ended = 0;
    return {};
  },
};
const counts = { ended: 0 };

async function openBatches(streams, open, until) {
  for (let opened = 0; opened < streams; opened += OPENING_AT_ONCE) {
    const batch = Array.from({ length: Math.min(OPENING_AT_ONCE, streams - opened) }, open);
    held.push(...batch);
    await Promise.all(
      batch.map((stream) => {
        // A wrong byte ends a stream too, and fails the job that looks next.
        const count = () => counts.ended++;
        stream.ended.then(count, count);
        return stream[until];
      }),
    );
  }
}

function summary(runs) {
  return {
    streams: runs.length,
    tokens: runs.reduce((sum, run) => sum + run.tokens, 0),
    firstMs: runs.map((run) => run.firstMs),
    delaysMs: runs.flatMap((run) => run.delaysMs),
  };
}

serveJobs(JOBS);
