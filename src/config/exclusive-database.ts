import type { AppConfig } from './app-config.js';

/** Whether no other process can have turns in the same database: the embedded one serves only the process that started it. */
export function isDatabaseExclusive({ database }: Pick<AppConfig, 'database'>): boolean {
  return database.mongodbUri === undefined;
}
