// Adds up what the test runs of `.ci/run` counted: `count-results.mjs FOLDER FAILED_STEPS`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '.', failedSteps = '0'] = process.argv.slice(2);
const read = (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');

// One file for each run of jest: the product's suites, each package's, and those that have a step of their own.
const runs = readdirSync(folder)
  .filter((name) => /^jest-.*\.json$/.test(name))
  .map((name) => JSON.parse(read(name)));
const sum = (count) => runs.reduce((total, run) => total + (run[count] ?? 0), 0);
const [, smokePassed = 0, smokeFailed = 0] = /(\d+) passed, (\d+) failed/.exec(read('smoke.txt')) ?? [];
const passed = sum('numPassedTests') + Number(smokePassed);
// A suite that could not even be loaded has no failed test, and a failed step without tests has none either.
const failedTests = sum('numFailedTests') + sum('numRuntimeErrorTestSuites') + Number(smokeFailed);
const failed = failedTests === 0 ? Number(failedSteps) : failedTests;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
