import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
/**
 * The worker's compiled file. When this code itself runs as TypeScript (under jest, which transforms it in memory), a
 * worker thread could not load the sources: the test run's global set-up has put a compiled copy into the cache.
 */
export function workerEntry() {
    const here = import.meta.url;
    if (!here.endsWith('.ts'))
        return new URL('./worker.js', here);
    const cache = fileURLToPath(new URL('../node_modules/.cache/worker', here));
    const current = join(cache, 'current');
    if (!existsSync(current))
        throw new Error('No compiled copy of the worker: run the tests through a jest.config.js with scripts/compile-worker.mjs');
    return pathToFileURL(join(cache, readFileSync(current, 'utf8').trim(), 'worker.js'));
}
//# sourceMappingURL=worker-entry.js.map