// Runs jest as the tests need it: `node scripts/jest.mjs [--full] [jest options]`, from the root or from a package.
// `--full` gives suites that have two sizes their full one. With JEST_RESULTS=FOLDER each run leaves its results there, for `.ci/run`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const exitAtOnce = new URL('../test/support/jest/exit-at-once.mjs', import.meta.url).href;
const options = process.argv.slice(2).filter((option) => option !== '--full');
const isFull = options.length < process.argv.length - 2;
/** Much is made for a moment: with room for it, a tenth less time goes into clearing away. */
const YOUNG_GENERATION = ['--min-semi-space-size=16', '--max-semi-space-size=64'];
const results = process.env.JEST_RESULTS;
const kept =
  results === undefined ? [] : ['--json', `--outputFile=${join(results, `jest-${process.pid}.json`)}`];
const { status } = spawnSync(
  process.execPath,
  // NestJS is ESM. Workers get Node's options too.
  [
    ...YOUNG_GENERATION,
    ...['--import', exitAtOnce, '--experimental-vm-modules', '--no-warnings', jest],
    ...options,
    ...kept,
  ],
  { stdio: 'inherit', env: { ...process.env, ...(isFull ? { TEST_SIZE: 'full' } : {}) } },
);
process.exit(status ?? 1);
