import { startProcess } from './process.mjs';

/**
 * The load client in a process of its own, one job at a time.
 * @param script whose jobs it does
 * @param options for the process, such as its `core`
 */
export async function startClient(script = 'bench/load-client.mjs', options = {}) {
  const { child, stop } = await startProcess(script, options);
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
