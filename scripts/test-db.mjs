// npm run test:db -- --uri mongodb://host:port : the store contracts and the e2e suite against any MongoDB-compatible server.
// Each test uses a database of its own name on it; use a server whose data you can spare.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ options: { uri: { type: 'string' } }, allowPositionals: true });
if (values.uri === undefined) {
  process.stderr.write('Usage: npm run test:db -- --uri mongodb://host:port [jest options]\n');
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  [
    'scripts/jest.mjs',
    '--selectProjects',
    'contract',
    'e2e',
    'fallbacks',
    ...positionals.flatMap((pattern) => ['--testPathPatterns', pattern]),
  ],
  { stdio: 'inherit', env: { ...process.env, TEST_MONGODB_URI: values.uri } },
);
process.exit(status ?? 1);
