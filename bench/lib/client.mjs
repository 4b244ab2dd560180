import { startProcess } from './process.mjs';

/** The load client in a process of its own, one job at a time. */
export async function startClient() {
  const { child, stop } = await startProcess('bench/load-client.mjs');
  return {
    stop,
    /** @returns the job's figures; rejects when a byte was wrong or a request failed */
    ask: (job) =>
      new Promise((resolve, reject) => {
        child.once('message', ({ result, error }) => (error ? reject(new Error(error)) : resolve(result)));
        child.send(job);
      }),
  };
}
