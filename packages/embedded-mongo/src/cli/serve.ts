import { parseArgs } from 'node:util';
import { startEmbeddedDatabase } from '../index.js';

// Runs the database of a directory alone, so that a shell or a GUI client can look at the data.
const { values } = parseArgs({ options: { 'data-dir': { type: 'string', default: './data' } } });

try {
  const database = await startEmbeddedDatabase({ dataDir: values['data-dir'] });
  process.stdout.write(`${database.uri}\n`);
  const stop = (): void => {
    void database.close().then(() => {
      process.exit(0);
    });
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
