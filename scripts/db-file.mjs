// `db:backup` and `db:restore`: the embedded database's own commands, in the data folder that the instances use. A MongoDB is none of theirs.
import { nameOf, targetOf } from './db-target.mjs';

const [command, ...words] = process.argv.slice(2);
const isNamed = words.some((word) => word === '--help' || word === '-h' || word.startsWith('--data-dir'));
const target = targetOf({});
if (!isNamed && target.uri !== undefined) {
  process.stderr.write(
    `The environment names ${nameOf(target)}: use what you use for MongoDB, or db:export (docs/operating/data.md). For an embedded database give --data-dir.\n`,
  );
  process.exit(1);
}
if (!isNamed) process.argv.push('--data-dir', target.dataDir);
process.argv.splice(2, 1);
await import(`../packages/embedded-mongo/dist/cli/${command === 'restore' ? 'restore' : 'backup'}.js`);
