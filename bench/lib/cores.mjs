import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

/** Whether processes can be kept to cores of their own: two cores at least, and `taskset` of util-linux. */
const CAN_PIN = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;

/** The server under test on the first core, all that it talks to on the second; `undefined` where that cannot be. */
export const SERVER_CORE = CAN_PIN ? 0 : undefined;
export const OTHERS_CORE = CAN_PIN ? 1 : undefined;

/** For a report. */
export const PINNING = CAN_PIN
  ? 'every server on the first core, upstream and client on the second'
  : 'servers, upstream and client on the same cores';

/** @returns the command that runs the words on that core only; on any for `undefined`. The process is the same: `taskset` becomes it */
export const onCore = (core, words) =>
  core === undefined ? words : ['taskset', '--cpu-list', String(core), ...words];
