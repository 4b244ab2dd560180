import { startEmbeddedDatabase, type DirectConnection } from '@tollgate/embedded-mongo';
import { OLDER_RELEASES, startOlderMongodb, type OlderRelease } from './older-mongodb.js';

/** A server on which a test has databases. */
export interface DatabaseUnderTest {
  /** Without the name of a database. */
  readonly uri: string;
  /** The way past the driver, which only the embedded database has. */
  readonly direct?: DirectConnection;
  close(): Promise<void>;
}

/** The release as which the embedded database has to answer, with `TEST_MONGODB=7` or `6`; undefined: as it does. */
export const olderRelease: OlderRelease | undefined = releaseOf(process.env.TEST_MONGODB);
const external = process.env.TEST_MONGODB_URI;

/** Whether the server makes ordered writes to several collections as one command. */
export const hasBulkWrite = olderRelease === undefined;
/** Whether tests run on the embedded database as it is. */
export const isEmbedded = external === undefined && olderRelease === undefined;

/** The server of `TEST_MONGODB_URI`, or an embedded database made for this, which may answer as an older MongoDB. */
export async function startDatabaseUnderTest(dataDir: string): Promise<DatabaseUnderTest> {
  if (external !== undefined) return { uri: external, close: () => Promise.resolve() };
  const embedded = await startEmbeddedDatabase({ dataDir });
  if (olderRelease === undefined) {
    const direct = embedded.connectDirectly();
    return {
      uri: embedded.uri,
      direct,
      close: () => {
        direct.close();
        return embedded.close();
      },
    };
  }
  const older = await startOlderMongodb(embedded.uri, olderRelease);
  return {
    uri: older.uri,
    close: async () => {
      await older.close();
      await embedded.close();
    },
  };
}

function releaseOf(name: string | undefined): OlderRelease | undefined {
  if (name === undefined || name in OLDER_RELEASES) return name as OlderRelease | undefined;
  throw new Error(`TEST_MONGODB is one of ${Object.keys(OLDER_RELEASES).join(', ')}, not ${name}`);
}
