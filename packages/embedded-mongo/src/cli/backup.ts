import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { backUp } from '../store/backup.js';

const USAGE = `Copies the embedded database, while a server runs on it or not.

  --out FILE        the copy, which must not exist yet
  --data-dir DIR    the data folder (./data)

To go back to it: db:restore.
`;

try {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      'data-dir': { type: 'string', default: './data' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) process.stdout.write(USAGE);
  else if (values.out === undefined) throw new TypeError('--out is needed.');
  else {
    backUp(join(values['data-dir'], 'data.db'), values.out);
    process.stderr.write(`Copied to ${values.out}\n`);
  }
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof TypeError ? `${message}\n\n${USAGE}` : `${message}\n`);
  process.exitCode = 1;
}
