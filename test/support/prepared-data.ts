import { rmSync } from 'node:fs';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.js';
import { prepareIndexes } from '../../src/persistence/indexes/prepare-indexes.js';
import { prepareSchema } from '../../src/persistence/migrations/prepare-schema.js';
import { openDatabase } from '../../src/persistence/open-database.js';
import { createLog } from '../../src/platform/logging/create-log.js';

let template: Promise<string> | undefined;

/**
 * Puts an embedded database without documents, whose indexes are there, into an empty data folder. To make them is a third of a start, and some hundred tests start a server;
 * starts in an empty folder have tests of their own, and the smoke test.
 */
export async function prepareData(dataDir: string): Promise<void> {
  template ??= makeTemplate();
  await cp(await template, dataDir, { recursive: true });
}

/** As `src/bootstrap.ts` does. @returns its folder, which is there as long as the process */
async function makeTemplate(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-template-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  const config = loadConfig({ NODE_ENV: 'test', DATA_DIR: folder, LOG_LEVEL: 'silent' });
  const log = createLog({ level: 'silent' });
  const database = await openDatabase(config.database, false);
  try {
    await prepareSchema(database, config, log);
    await prepareIndexes(database, config.database, log);
  } finally {
    await database.close();
  }
  return folder;
}
