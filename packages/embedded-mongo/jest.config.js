import { shared } from '../../jest.config.js';

const database = { ...shared, globalSetup: '<rootDir>/scripts/compile-worker.mjs' };

export default {
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
  projects: [
    { ...database, displayName: 'database', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    // Kills processes for minutes.
    { ...database, displayName: 'crash', testMatch: ['<rootDir>/test/**/*.spec.ts'] },
  ],
};
