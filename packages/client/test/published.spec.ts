import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const TSC = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));

const SAMPLE = `
import { TollgateClient, TollgateError, type ChatResult } from '@tollgate/client';
const client = new TollgateClient({ baseUrl: 'http://127.0.0.1:1', accessToken: 'none' });
export async function ask(): Promise<ChatResult> {
  const stream = client.chat.stream({ question: 'Hello' });
  for await (const event of stream) if (event.type === 'token') event.text.toUpperCase();
  return stream.result();
}
export const isOurs = (error: unknown): boolean => error instanceof TollgateError;
`;

/** The package as npm would publish it, in a folder of somebody who has nothing else installed. */
describe('the published package', () => {
  let home: string;
  let files: readonly string[];

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'tollgate-published-'));
    const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', home], {
      cwd: PACKAGE,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [{ filename, files: contents }] = JSON.parse(packed.slice(packed.indexOf('['))) as [
      { filename: string; files: readonly { path: string }[] },
    ];
    files = contents.map(({ path }) => path);
    const installed = join(home, 'node_modules/@tollgate/client');
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', join(home, filename), '-C', installed, '--strip-components=1']);
    writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('has what was built, and neither tests nor sources', () => {
    const others = files.filter((path) => !/^dist\/.*\.(js|js\.map|d\.ts)$/.test(path));
    expect(others.sort()).toEqual(['README.md', 'package.json']);
    expect(files.filter((path) => path.includes('.spec.'))).toEqual([]);
  });

  it('depends on nothing', () => {
    const { dependencies } = JSON.parse(
      readFileSync(join(home, 'node_modules/@tollgate/client/package.json'), 'utf8'),
    ) as { dependencies?: object };
    expect(dependencies).toBeUndefined();
  });

  it('can be imported', () => {
    writeFileSync(
      join(home, 'use.js'),
      `import { TollgateClient } from '@tollgate/client'; console.log(typeof TollgateClient);`,
    );
    expect(execFileSync(process.execPath, ['use.js'], { cwd: home, encoding: 'utf8' }).trim()).toBe(
      'function',
    );
  });

  it.each(['nodenext', 'bundler'])('has types for strict programs (%s)', (resolution) => {
    writeFileSync(join(home, 'sample.ts'), SAMPLE);
    const module = resolution === 'nodenext' ? 'nodenext' : 'esnext';
    const options = ['--strict', '--noEmit', '--target', 'es2022', '--lib', 'es2023,dom,dom.iterable'];
    execFileSync(
      process.execPath,
      [TSC, ...options, '--module', module, '--moduleResolution', resolution, 'sample.ts'],
      {
        cwd: home,
        stdio: 'pipe',
      },
    );
  });
});
