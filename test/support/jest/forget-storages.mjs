import { AsyncLocalStorage } from 'node:async_hooks';

const used = new Set();

for (const method of ['run', 'enterWith']) {
  const original = AsyncLocalStorage.prototype[method];
  AsyncLocalStorage.prototype[method] = function (...args) {
    used.add(this);
    return original.apply(this, args);
  };
}

/**
 * Disables what a library has stored in. One that was used is followed through every promise of the process until then, by Node before 24 with hooks,
 * in all test files that come after.
 */
export function forgetStorages() {
  for (const storage of used) storage.disable();
  used.clear();
}
