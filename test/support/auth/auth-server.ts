import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTollgate, type RunningTollgate } from '../../../src/bootstrap.js';
import { testConfig } from './auth-fixtures.js';

export type AuthServer = Pick<RunningTollgate, 'url' | 'app' | 'close'>;

/** The whole application on a free port and an embedded database of its own, which goes away with it. */
export async function startAuthServer(env: Record<string, string> = {}): Promise<AuthServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-auth-'));
  const { url, app, close } = await startOn(dataDir, env);
  return {
    url,
    app,
    close: async () => {
      await close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The whole application on a free port and the embedded database of a folder that the test keeps. */
export function startOn(dataDir: string, env: Record<string, string> = {}): Promise<AuthServer> {
  const settings = { PORT: '0', LOG_LEVEL: 'silent', SHUTDOWN_GRACE_MS: '1000', DATA_DIR: dataDir };
  return startTollgate(testConfig({ ...settings, ...env }));
}
