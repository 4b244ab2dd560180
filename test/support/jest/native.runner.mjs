import 'reflect-metadata';
import { register } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sourceMapOf } from '../typescript-cache.mjs';
import { forgetStorages } from './forget-storages.mjs';
import { requireAnew, runByCircus } from './jest-parts.mjs';
import { OneAtATime } from './one-at-a-time.mjs';

register('./native-hooks.mjs', import.meta.url);

let runs = 0;

/**
 * jest-circus with modules loaded by Node itself instead of in a context per file: the product and its libraries are compiled and evaluated
 * once per worker, a test file and all of `test/` anew for each file (`native-hooks.mjs`).
 */
export default async function runNatively(globalConfig, config, environment, runtime, testPath, send) {
  if (!environment.isNative) return runByCircus(globalConfig, config, environment, runtime, testPath, send);
  const run = ++runs;
  tellSourceMaps(runtime.getSourceMaps());
  const native = Object.create(runtime, {
    // Circus itself, which keeps the tests it knows in its module.
    requireInternalModule: { value: (path) => requireAnew(path, OneAtATime) },
    unstable_importModule: { value: (path) => import(`${pathToFileURL(path).href}?run=${run}`) },
  });
  try {
    // Nothing is sent of single tests: only a reporter that shows them while their file runs would hear it.
    return await runByCircus(globalConfig, config, environment, native, testPath);
  } finally {
    forgetStorages();
  }
}

/** Stacks name what Node has loaded, and jest asks these maps for it. */
function tellSourceMaps(maps) {
  maps.get = (file) => (/^file:.*\.ts(\?|$)/.test(file) ? sourceMapOf(fileURLToPath(file)) : undefined);
}
