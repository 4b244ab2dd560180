import { setTimeout as delay } from 'node:timers/promises';

/**
 * The cost of tokens alone: CPU of the server over a window in which all streams are open and none starts or ends.
 * Leaves the streams open: ask the client to `finish` or `release` them.
 */
export async function measureSteady(
  client,
  { server, target },
  { workload, streams, leadSeconds, windowSeconds },
) {
  await client.ask({ job: 'openPaced', target, workload, streams });
  await delay(leadSeconds * 1000);
  await client.ask({ job: 'beginWindow' });
  const before = server.cpuMicros();
  await delay(windowSeconds * 1000);
  const cpuMicros = server.cpuMicros() - before;
  return { ...(await client.ask({ job: 'endWindow' })), cpuMicros };
}
