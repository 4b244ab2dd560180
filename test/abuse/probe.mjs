// Loaded into the server (`node --import`): says over a Unix socket how late its event loop was, and how much memory the process has.
// `reset` begins a measurement; `read` ends it; `timer` is answered by a timer that fires.
import { createServer } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const TIMER_MS = 50;
const NANOSECONDS = 1e6;

if (isMainThread) {
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  const answers = {
    reset: (answer) => {
      lag.reset();
      answer({});
    },
    read: (answer) => {
      const [p50, p99, max] = [lag.percentile(50), lag.percentile(99), lag.max].map((ns) => ns / NANOSECONDS);
      answer({ p50, p99, max, rss: process.memoryUsage.rss() });
    },
    timer: (answer) => setTimeout(() => answer({}), TIMER_MS),
  };
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      for (const word of data.toString().split('\n').filter(Boolean)) {
        answers[word]?.((value) => socket.write(`${JSON.stringify(value)}\n`));
      }
    });
  });
  server.listen(process.env.ABUSE_PROBE);
  server.unref();
}
