/**
 * The worker's compiled file. When this code itself runs as TypeScript (under jest, which transforms it in memory), a
 * worker thread could not load the sources: the test run's global set-up has put a compiled copy into the cache.
 */
export declare function workerEntry(): URL;
