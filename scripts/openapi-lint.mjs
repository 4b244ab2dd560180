// Starts the built product on a free port with an empty data folder and lints the OpenAPI document that it serves.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBuilt } from './start-built.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tollgate-openapi-'));
const tollgate = await startBuilt({ DATA_DIR: join(folder, 'data') });
try {
  const response = await fetch(`${tollgate.url}/docs-json`);
  const file = join(folder, 'openapi.json');
  writeFileSync(file, await response.text());
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/@redocly/cli/bin/cli.js', 'lint', '--config', 'redocly.yaml', '--format', 'stylish', file],
    {
      stdio: 'inherit',
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    },
  );
  process.exitCode = status ?? 1;
} finally {
  await tollgate.stop();
  rmSync(folder, { recursive: true, force: true });
}
