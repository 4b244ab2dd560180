import { startProcess } from './process.mjs';

/** The load client in a process of its own, one job at a time. */
/** @param script whose jobs it does */
export async function startClient(script = 'bench/load-client.mjs') {
  const { child, stop } = await startProcess(script);
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
