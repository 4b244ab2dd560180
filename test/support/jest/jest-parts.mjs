import { createRequire } from 'node:module';

/** Loads from where `jest` has it what only jest depends on. */
const requireFromJest = ['jest', '@jest/core', 'jest-config'].reduce(
  (from, name) => createRequire(from.resolve(name)),
  createRequire(import.meta.url),
);

const circusRunner = requireFromJest.resolve('jest-circus/runner');

export const { TestEnvironment: NodeEnvironment } = requireFromJest('jest-environment-node');
export const { default: TestSequencer } = requireFromJest('@jest/test-sequencer');
export const { default: runByCircus } = requireFromJest(circusRunner);

/** Evaluates a CommonJS module of jest again, with another class where it asks Node for `AsyncLocalStorage`. */
export function requireAnew(path, AsyncLocalStorage) {
  const asyncHooks = requireFromJest('node:async_hooks');
  const nodes = asyncHooks.AsyncLocalStorage;
  delete requireFromJest.cache[path];
  asyncHooks.AsyncLocalStorage = AsyncLocalStorage;
  try {
    return requireFromJest(path);
  } finally {
    asyncHooks.AsyncLocalStorage = nodes;
  }
}
