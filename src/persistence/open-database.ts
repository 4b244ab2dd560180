import type { DatabaseConfig } from '../config/app-config.js';
import { startEmbeddedDatabase, type DirectConnection } from '@tollgate/embedded-mongo';

/** Where mongoose connects to, and how to let go of it after mongoose has closed. */
export interface OpenDatabase {
  readonly uri: string;
  readonly kind: 'embedded' | 'external';
  /** A short way to the embedded database, beside mongoose's. */
  readonly direct?: DirectConnection;
  close(): Promise<void>;
}

/**
 * Starts the embedded database in the data folder unless `MONGODB_URI` names another one.
 * @param directly whether the embedded one is to be reached the short way, too
 */
export async function openDatabase(config: DatabaseConfig, directly = true): Promise<OpenDatabase> {
  if (config.mongodbUri !== undefined) {
    return { uri: config.mongodbUri, kind: 'external', close: () => Promise.resolve() };
  }
  const embedded = await startEmbeddedDatabase({ dataDir: config.dataDir });
  const direct = directly ? embedded.connectDirectly() : undefined;
  return {
    uri: embedded.uri,
    kind: 'embedded',
    ...(direct && { direct }),
    close: () => {
      direct?.close();
      return embedded.close();
    },
  };
}
