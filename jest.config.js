// NestJS 12 is ESM: jest runs with --experimental-vm-modules (see the test scripts) and swc emits decorator metadata.
export const shared = {
  testEnvironment: 'node',
  // Packages are tested as their sources stand here, not as they were last built.
  testEnvironmentOptions: { customExportConditions: ['node', 'node-addons', 'tollgate-source'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
  setupFiles: ['reflect-metadata'],
};

/** Options of a whole run, which jest does not take from a project. */
export const run = {
  // A bound for what hangs, not a measure: these tests start servers, on machines that do other things too.
  testTimeout: 120_000,
  // Two files at once also on two cores, where jest alone would take one; a worker that has grown is replaced.
  maxWorkers: 3,
  workerIdleMemoryLimit: '1500MB',
};

const product = {
  ...shared,
  // A worker thread cannot load TypeScript: the embedded database's worker is compiled before the run.
  globalSetup: '<rootDir>/packages/embedded-mongo/scripts/compile-worker.mjs',
};

/**
 * Run in Node's own context, where the product is compiled and warm after the first file of a worker (test/support/jest/native.runner.mjs). A file that needs a
 * context of its own, for `jest`, for modules as they are or for what they keep of a process (the budget of repairs), begins with the docblock `@jest-environment node`.
 */
const native = {
  ...product,
  testEnvironment: '<rootDir>/test/support/jest/native.environment.mjs',
  testRunner: '<rootDir>/test/support/jest/native.runner.mjs',
};

/** Of what starts whole servers. */
const servers = {
  ...native,
  globalSetup: '<rootDir>/test/support/jest/memory-folder.mjs',
  globalTeardown: '<rootDir>/test/support/jest/memory-folder-teardown.mjs',
  moduleNameMapper: {
    ...shared.moduleNameMapper,
    '^@node-rs/argon2$': '<rootDir>/test/support/auth/cheap-argon2.ts',
  },
};

const KILLS = ['crash-and-shutdown', 'failed-sync', 'privacy/killed-erasure', 'storage-unavailable'].map(
  (name) => `<rootDir>/test/e2e/${name}.spec.ts`,
);
/**
 * The usual ways, where there is a quicker one: without what is done for speed, step by step where one command does it, and a charge that is tried again because
 * nobody knew of its key's cap.
 */
const FALLBACKS = ['e2e/bypasses-off', 'contract/settle-in-steps', 'contract/accounting-unheard-caps'].map(
  (name) => `<rootDir>/test/${name}.spec.ts`,
);

export default {
  ...run,
  testSequencer: '<rootDir>/test/support/jest/longest-first.sequencer.mjs',
  projects: [
    {
      ...native,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/src/**/*.spec.ts',
        '<rootDir>/test/support/**/*.spec.ts',
        '<rootDir>/test/faults/**/*.spec.ts',
        '<rootDir>/test/soak/**/*.spec.ts',
      ],
    },
    {
      ...servers,
      displayName: 'contract',
      testMatch: ['<rootDir>/test/contract/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...FALLBACKS],
      setupFilesAfterEnv: ['<rootDir>/test/contract/support/documents-fit.ts'],
    },
    {
      ...servers,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...KILLS, ...FALLBACKS],
    },
    // Servers that are killed or lose their database in the midst of it: `npm run test:durability`, with `fallbacks`, `migration` and `mongodb7`.
    { ...servers, displayName: 'kills', testMatch: KILLS },
    {
      ...servers,
      displayName: 'fallbacks',
      testMatch: FALLBACKS,
      setupFilesAfterEnv: ['<rootDir>/test/contract/support/documents-fit.ts'],
    },
    // Once more on a database that answers as MongoDB 7 does: it refuses the one command of ordered writes. Only what makes such writes; all others would send
    // the same commands again. `TEST_MONGODB=7` before any other run does it there.
    {
      ...servers,
      displayName: 'mongodb7',
      testMatch: [
        '<rootDir>/test/contract/{conversation-store,privacy-stores,settle-at-once}.spec.ts',
        '<rootDir>/test/e2e/{hot-path-filters,idempotency,main-job,turn-hold-unknown,turn-outcomes}.spec.ts',
      ],
      setupFiles: [...shared.setupFiles, '<rootDir>/test/support/as-mongodb7.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/contract/support/documents-fit.ts'],
    },
    { ...servers, displayName: 'migration', testMatch: ['<rootDir>/test/migration/**/*.spec.ts'] },
    // Odd requests and other users' ids at every route of the OpenAPI document: `npm run test:routes`.
    { ...servers, displayName: 'routes', testMatch: ['<rootDir>/test/routes/**/*.spec.ts'] },
    // Headless Chromium on the built page: `npm run test:browser`.
    { ...product, displayName: 'browser', testMatch: ['<rootDir>/test/browser/**/*.spec.ts'] },
    // Client libraries as they are, with their own waits; hundreds of streams through broken connections: `npm run test:client`.
    { ...servers, displayName: 'client', testMatch: ['<rootDir>/test/client/**/*.spec.ts'] },
    // Python's own readers, with `python3` and `requests`: `npm run test:python`.
    { ...product, displayName: 'python', testMatch: ['<rootDir>/test/python/**/*.spec.ts'] },
    // Several instances with a real Redis (`redis-server` in the path): `npm run test:bus`.
    { ...servers, displayName: 'bus', testMatch: ['<rootDir>/test/cluster/**/*.spec.ts'] },
    // Sign-in with a real Keycloak, on the built product: `npm run test:keycloak`.
    { ...product, displayName: 'keycloak', testMatch: ['<rootDir>/test/keycloak/**/*.spec.ts'] },
    // Clients in network namespaces, as root on Linux: `npm run test:network`.
    { ...product, displayName: 'network', testMatch: ['<rootDir>/test/network/**/*.spec.ts'] },
  ],
};
