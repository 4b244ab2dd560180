// The load client, in a process of its own. Takes jobs from its parent, checks every byte of every stream, and answers
// with figures. A job: { request: {url, path, headers, body}, read: 'predict' | 'openai', … }.
import { Agent, request as httpRequest } from 'node:http';
import { nowNs, parseWorkload } from './lib/workload.mjs';

const READERS = {
  predict: (json) => (json.event === 'token' ? json.data : ''),
  openai: (json) => json.choices?.[0]?.delta?.content ?? '',
};

/** Runs one stream. @returns milliseconds to the first token and each paced token's delay in milliseconds */
function runStream({ target, workload, agent, untilFirst = false }) {
  const { tokens, rate } = parseWorkload(workload);
  const readText = READERS[target.read];
  return new Promise((resolve, reject) => {
    const startedNs = nowNs();
    let firstMs;
    let expected = 0;
    let rest = '';
    let buffer = '';
    let turnId;
    const delaysMs = [];
    const take = (text) => {
      const receivedNs = nowNs();
      firstMs ??= Number(receivedNs - startedNs) / 1e6;
      const words = (rest + text).split(' ');
      rest = words.pop();
      for (const word of words) {
        const [index, sent] = word.slice(1).split('@');
        if (Number(index) !== expected++) throw new Error(`token ${index} where ${expected - 1} was due`);
        if (sent !== undefined) delaysMs.push(Number(receivedNs - BigInt(sent)) / 1e6);
      }
    };
    const url = new URL(target.path, target.url);
    const body = JSON.stringify(fill(target.body, workload));
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...pick(target.headers),
    };
    const outgoing = httpRequest(url, { method: 'POST', agent, headers }, (response) => {
      if (response.statusCode !== 200) {
        reject(new Error(`status ${response.statusCode}`));
        response.resume();
        return;
      }
      turnId = response.headers['x-turn-id'];
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        const blocks = (buffer + chunk).split('\n\n');
        buffer = blocks.pop();
        try {
          for (const block of blocks) {
            const line = block.split('\n').find((part) => part.startsWith('data:'));
            const data = line?.slice(5).trim();
            if (data === undefined || data === '[DONE]') continue;
            const text = readText(JSON.parse(data));
            if (text !== '') take(text);
          }
        } catch (error) {
          reject(error);
          outgoing.destroy();
        }
        if (untilFirst && firstMs !== undefined) resolve({ firstMs, delaysMs, turnId, outgoing });
      });
      response.on('end', () => {
        if (expected === tokens) resolve({ firstMs, delaysMs, tokens, turnId });
        else reject(new Error(`${expected} of ${tokens} tokens`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
    void rate;
  });
}

const fill = (body, workload) => JSON.parse(JSON.stringify(body).replaceAll('$workload', workload));
/** Several identities take turns: `headers` may be a list. */
let next = 0;
const pick = (headers) => (Array.isArray(headers) ? headers[next++ % headers.length] : headers);

const JOBS = {
  /** `streams` at once, all from the start. */
  async together({ target, workload, streams }) {
    const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
    const startedNs = nowNs();
    const runs = await Promise.all(
      Array.from({ length: streams }, () => runStream({ target, workload, agent })),
    );
    agent.destroy();
    return { ...summary(runs), seconds: Number(nowNs() - startedNs) / 1e9 };
  },
  /** `perSecond` new streams for `seconds`, however long each takes. */
  async arriving({ target, workload, perSecond, seconds }) {
    const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
    const runs = [];
    await new Promise((resolve) => {
      const timer = setInterval(() => {
        runs.push(runStream({ target, workload, agent }));
        if (runs.length < perSecond * seconds) return;
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
    const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
    const until = Date.now() + seconds * 1000;
    const runs = [];
    const startedNs = nowNs();
    const worker = async () => {
      while (Date.now() < until) runs.push(await runStream({ target, workload, agent }));
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    agent.destroy();
    return { ...summary(runs), perSecond: runs.length / (Number(nowNs() - startedNs) / 1e9) };
  },
  /** Opens `streams` and keeps them open until the job `release`. */
  async open({ target, workload, streams }) {
    for (let opened = 0; opened < streams;) {
      const batch = Math.min(100, streams - opened);
      const some = await Promise.all(
        Array.from({ length: batch }, () => runStream({ target, workload, untilFirst: true })),
      );
      held.push(...some.map(({ outgoing }) => outgoing));
      opened += batch;
    }
    return { open: held.length };
  },
  async release() {
    await Promise.all(
      held.splice(0).map((outgoing) => new Promise((resolve) => outgoing.once('close', resolve).destroy())),
    );
    return {};
  },
};
const held = [];

function summary(runs) {
  return {
    streams: runs.length,
    tokens: runs.reduce((sum, run) => sum + run.tokens, 0),
    firstMs: runs.map((run) => run.firstMs),
    delaysMs: runs.flatMap((run) => run.delaysMs),
  };
}

process.on('message', ({ job, ...options }) => {
  JOBS[job](options).then(
    (result) => process.send({ result }),
    (error) => process.send({ error: String(error?.stack ?? error) }),
  );
});
process.stdout.write('READY client\n');
process.on('SIGTERM', () => process.exit(0));
