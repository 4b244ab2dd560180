import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileTokenStore } from './file-token.store.js';

const TOKENS = { accessToken: 'a', refreshToken: 'r', expiresAt: 1 };

describe('FileTokenStore', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'tollgate-cli-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps tokens per server, readable by nobody else', async () => {
    const file = join(folder, 'deep', 'tokens.json');
    const [one, two] = [new FileTokenStore(file, 'http://one'), new FileTokenStore(file, 'http://two')];
    expect(await one.load()).toBeUndefined();
    await one.save(TOKENS);
    await two.save({ ...TOKENS, accessToken: 'b' });
    expect(await one.load()).toEqual(TOKENS);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await one.save(undefined);
    expect(await one.load()).toBeUndefined();
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      'http://two': { ...TOKENS, accessToken: 'b' },
    });
  });

  it('lets one after the other do what must not be done at once', async () => {
    const file = join(folder, 'tokens.json');
    let running = 0;
    let most = 0;
    const task = async (): Promise<void> => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    await Promise.all([1, 2, 3].map(() => new FileTokenStore(file, 'http://one').exclusively(task)));
    expect(most).toBe(1);
  });
});
