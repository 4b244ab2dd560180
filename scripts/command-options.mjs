import { parseArgs } from 'node:util';

/** The options of a command; `--help` prints the usage, a wrong one the usage as well, and both end the process. */
export function commandOptions(usage, options) {
  try {
    const { values } = parseArgs({
      options: { ...options, help: { type: 'boolean', short: 'h', default: false } },
    });
    if (!values.help) return values;
    process.stdout.write(usage);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${usage}`);
    process.exit(1);
  }
}
