// Adds up what the test runs of `.ci/run` counted: `count-results.mjs FOLDER FAILED_STEPS`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '.', failedSteps = '0'] = process.argv.slice(2);
const read = (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');

const jest = JSON.parse(read('jest.json') || '{}');
const [, smokePassed = 0, smokeFailed = 0] = /(\d+) passed, (\d+) failed/.exec(read('smoke.txt')) ?? [];
const passed = (jest.numPassedTests ?? 0) + Number(smokePassed);
// A suite that could not even be loaded has no failed test, and a failed step without tests has none either.
const failedTests = (jest.numFailedTests ?? 0) + (jest.numRuntimeErrorTestSuites ?? 0) + Number(smokeFailed);
const failed = failedTests === 0 ? Number(failedSteps) : failedTests;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
