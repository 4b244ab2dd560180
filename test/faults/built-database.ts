import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { EmbeddedDatabase } from '@tollgate/embedded-mongo';

/**
 * The embedded database of a data folder, here.
 * @param main the server's main file, whose build of it is used
 */
export async function startBuiltDatabase(main: string, dataDir: string): Promise<EmbeddedDatabase> {
  const { href } = pathToFileURL(createRequire(main).resolve('@tollgate/embedded-mongo'));
  const { startEmbeddedDatabase } = (await import(href)) as {
    startEmbeddedDatabase(options: { dataDir: string }): Promise<EmbeddedDatabase>;
  };
  return startEmbeddedDatabase({ dataDir });
}
