import { readFileSync } from 'node:fs';

/** Files, pipes and the event loop's own descriptors of a server that has no stream open. */
const OTHER_FILES = 200;

/**
 * How many of the wanted streams a process may hold, each with a client and an upstream socket. Node raises its soft
 * limit to the hard one at start, so the hard one counts.
 * @param besides streams that are open too
 * @returns the number, and in words what is missing if it is less than wanted
 */
export function streamsWithinLimit(wanted, besides = 0) {
  const [, limit] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  const needed = 2 * (wanted + besides) + OTHER_FILES;
  if (limit === 'unlimited' || Number(limit) >= needed) return { streams: wanted };
  const streams = Math.floor((Number(limit) - OTHER_FILES) / 200) * 100 - besides;
  return {
    streams,
    problem: `${wanted} streams need ${needed} open files in the server, and the limit is ${limit}: measured with ${streams} instead. Raise it with "ulimit -n ${needed}", where the system allows it.`,
  };
}
