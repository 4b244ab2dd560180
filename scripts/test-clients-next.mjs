// Runs what clients are asked (test/client/libraries, test/e2e/dialects) with the newest of them, which need a newer Node than Tollgate does: npm run test:clients:next.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const OLDEST_NODE = 22;
const SPECS = '(clients|client-questions|model-users|shown-errors|ai-sdk|ai-sdk-conversations).spec';

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  console.error(`These clients need Node ${OLDEST_NODE} or newer; this is ${process.version}.`);
  process.exit(1);
}
const root = join(import.meta.dirname, '..');
const run = (command, args, options) => execFileSync(command, args, { stdio: 'inherit', ...options });
run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: join(root, 'test/clients-next') });
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const given = process.argv.slice(2);
try {
  run(
    process.execPath,
    [...jest, '--selectProjects', 'e2e', 'client', '--testPathPatterns', SPECS, ...given],
    {
      cwd: root,
      env: { ...process.env, CLIENTS: 'next' },
    },
  );
} catch (error) {
  process.exit(error.status ?? 1);
}
