import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXTERNAL_ISSUER, testConfig } from '../../../test/support/auth/auth-fixtures.js';
import { JwtSecret, keptSecret } from './jwt-secret.js';

describe('JwtSecret', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tollgate-secret-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('makes a secret once, in a data folder that need not exist yet, and finds it again', async () => {
    const dataDir = join(folder, 'not', 'there');
    const secret = await keptSecret(dataDir);
    expect(secret.length).toBeGreaterThanOrEqual(64);
    expect(await keptSecret(dataDir)).toBe(secret);
  });

  it('lets only its owner read the file and leaves no draft behind', async () => {
    await keptSecret(folder);
    expect((await stat(join(folder, 'jwt-secret'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['jwt-secret']);
  });

  it('gives all of several concurrent starts the same secret', async () => {
    const secrets = await Promise.all(Array.from({ length: 10 }, () => keptSecret(folder)));
    expect(new Set(secrets).size).toBe(1);
  });

  it('refuses a file that is too short to be a secret', async () => {
    await writeFile(join(folder, 'jwt-secret'), 'short');
    await expect(keptSecret(folder)).rejects.toThrow('jwt-secret is not a usable secret');
  });

  it('takes the secret from the settings when there is one', async () => {
    const config = testConfig({ JWT_SECRET: 's'.repeat(40), DATA_DIR: folder });
    expect((await JwtSecret.load(config)).value).toBe('s'.repeat(40));
    expect(await readdir(folder)).toEqual([]);
  });

  it('has none with an external issuer', async () => {
    const config = testConfig({ ...EXTERNAL_ISSUER, DATA_DIR: folder });
    expect((await JwtSecret.load(config)).value).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });
});
