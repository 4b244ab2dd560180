import { parseArgs } from 'node:util';
import { restore } from '../store/restore.js';

const USAGE = `Makes a backup the embedded database. Its server must be stopped; what was there is moved aside.

  --from FILE       what db:backup wrote
  --data-dir DIR    the data folder (./data)
`;

try {
  const { values } = parseArgs({
    options: {
      from: { type: 'string' },
      'data-dir': { type: 'string', default: './data' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) process.stdout.write(USAGE);
  else if (values.from === undefined) throw new TypeError('--from is needed.');
  else {
    const aside = restore(values['data-dir'], values.from);
    process.stderr.write(`Restored.${aside === undefined ? '' : ` What was there is in ${aside}`}\n`);
  }
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof TypeError ? `${message}\n\n${USAGE}` : `${message}\n`);
  process.exitCode = 1;
}
