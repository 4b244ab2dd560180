import { run, shared } from '../../jest.config.js';

const database = { ...shared, globalSetup: '<rootDir>/scripts/compile-worker.mjs' };

export default {
  ...run,
  projects: [
    { ...database, displayName: 'database', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    // Kills processes for minutes.
    { ...database, displayName: 'crash', testMatch: ['<rootDir>/test/**/*.spec.ts'] },
  ],
};
