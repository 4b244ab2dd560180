import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import compileWorker from '../../../packages/embedded-mongo/scripts/compile-worker.mjs';
import { compileSources } from './compile-sources.mjs';

/** Linux's file system in memory. */
const MEMORY = '/dev/shm';
const PREFIX = 'tollgate-tests-';
/** What a run needs is a tenth of it; a container often has as little as 64 MB. */
const NEEDED_BYTES = 2 * 1024 ** 3;

/**
 * jest's global set-up of projects that start servers: their data folders lie in memory where there is room, so that commits do not wait for a disk that
 * builds and other tests use as well. Whether data outlives what it must is asked on a disk, by `test:crash` and `test:faults`.
 */
export default async function setUp() {
  process.env.TEST_COMPILED_SOURCES = await compileSources(await compileWorker());
  // Whoever names a folder for what is temporary gets it there.
  if (process.env.TMPDIR !== undefined || !hasRoom()) return;
  sweep();
  const folder = mkdtempSync(join(MEMORY, `${PREFIX}${process.pid}-`));
  process.env.TEST_MEMORY_FOLDER = folder;
  process.env.TMPDIR = folder;
}

/** jest's global tear-down. */
export function tearDown() {
  const folder = process.env.TEST_MEMORY_FOLDER;
  if (folder !== undefined && tmpdir() === folder) rmSync(folder, { recursive: true, force: true });
}

function hasRoom() {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > NEEDED_BYTES;
  } catch {
    return false;
  }
}

/** Of runs that were killed. */
function sweep() {
  for (const name of readdirSync(MEMORY)) {
    if (!name.startsWith(PREFIX) || isAlive(Number.parseInt(name.slice(PREFIX.length), 10))) continue;
    rmSync(join(MEMORY, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
