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
  // From Node 22 on a getter.
  const nodes = Object.getOwnPropertyDescriptor(asyncHooks, 'AsyncLocalStorage');
  delete requireFromJest.cache[path];
  Object.defineProperty(asyncHooks, 'AsyncLocalStorage', { value: AsyncLocalStorage, configurable: true });
  try {
    return requireFromJest(path);
  } finally {
    Object.defineProperty(asyncHooks, 'AsyncLocalStorage', nodes);
  }
}
