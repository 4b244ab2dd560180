import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditExport } from '../../src/audit/audit-export.service.js';
import type { AuditEntry } from '../../src/audit/audit-entry.js';
import { runCommand } from '../support/run-command.js';
import { leaveAtFirstByte } from '../support/leave-at-first-byte.js';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';
import { until } from '../support/until.js';

describe('an export of the audit log', () => {
  let server: TestServer;
  let admin: TestUser;
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tollgate-export-'));
    file = join(folder, 'audit.ndjson');
    server = await startTestServer();
    admin = await server.admin();
    for (let count = 0; count < 4; count += 1) await server.registerUser({ credits: 100 + count });
    await writeFile(file, await exported());
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const exported = async (): Promise<string> => {
    const answer = await fetch(`${server.url}/audit/export`, {
      headers: { authorization: `Bearer ${admin.token}` },
    });
    expect(answer.headers.get('content-type')).toContain('application/x-ndjson');
    return answer.text();
  };
  const verify = (...args: string[]) => runCommand('src/cli/verify-audit.ts', args, {});
  /** The export with something done to its lines. */
  async function verified(change: (lines: string[]) => string[], ...args: string[]) {
    const changed = join(folder, 'changed.ndjson');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    await writeFile(changed, `${change(lines).join('\n')}\n`);
    return verify('--file', changed, ...args);
  }
  const told = (text: RegExp) =>
    expect.objectContaining({ code: 1, stdout: '', stderr: expect.stringMatching(text) });

  it('is verified without a server, and for admins', async () => {
    const { stdout, code } = await verify('--file', file);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(`^${lines.length - 1} entries fit\\. The last is \\d+:[0-9a-f]{64}\\n$`),
      ),
    ]);
    const user = await server.registerUser();
    await server.request.get('/audit/export').auth(user.token, { type: 'bearer' }).expect(403);
    expect(await verify()).toMatchObject({ code: 2 });
    expect(await verify('--file', file, '--anchor', 'x')).toMatchObject({ code: 2 });
  });

  it('is told apart in the log when not all of it went out', async () => {
    const cut = async () => {
      const { data } = await server.read('/audit?action=audit.export', admin.token);
      return (data as AuditEntry[]).filter(({ phase, details }) => phase === 'done' && details?.cutOff);
    };
    await exported();
    const exports = server.get(AuditExport);
    const whole = exports.lines.bind(exports);
    exports.lines = async function* endless() {
      for (;;) yield await Promise.resolve('x'.repeat(100_000));
    };
    try {
      await leaveAtFirstByte(`${server.url}/audit/export`, admin.token);
      await until(async () => (await cut()).length > 0);
    } finally {
      exports.lines = whole;
    }
    expect(await cut()).toHaveLength(1);
  });

  it('names the first entry that does not fit', async () => {
    const swap = (line: string | undefined, from: RegExp, to: string) => (line ?? '').replace(from, to);
    expect(
      await verified((lines) =>
        lines.toSpliced(4, 1, swap(lines[4], /"action":"[^"]+"/, '"action":"user.change"')),
      ),
    ).toEqual(told(/^Entry 5 \(.+\) was changed; 4 before it fit/));
    expect(await verified((lines) => lines.toSpliced(2, 1))).toEqual(told(/^Entry 3 is missing/));
    expect(await verified((lines) => lines.toSpliced(2, 1, swap(lines[2], /^\{/, '{"note":1,')))).toEqual(
      told(/^Behind entry 2 stands a line that is none/),
    );
    expect(await verified((lines) => lines.slice(0, -1))).toEqual(told(/not whole/));
    expect(await verified((lines) => [...lines.slice(0, -3), lines.at(-1) ?? ''])).toEqual(told(/not whole/));
  });

  it('is held against an end that was kept elsewhere', async () => {
    const { last } = (await server.read('/audit/verification', admin.token)) as {
      last: { sequence: number; hash: string };
    };
    const anchor = `${last.sequence}:${last.hash}`;
    expect(await server.read(`/audit/verification?anchor=${anchor}`, admin.token)).toMatchObject({
      anchorSeen: true,
    });
    await writeFile(file, await exported());
    expect(await verify('--file', file, '--anchor', anchor)).toMatchObject({ code: 0, stderr: '' });
    const cut = await verified(
      (lines) => {
        const end = JSON.parse(lines.at(-1) ?? '');
        const left = lines.slice(0, last.sequence - 1);
        return [...left, JSON.stringify({ ...end, entries: left.length })];
      },
      '--anchor',
      anchor,
    );
    expect(cut).toEqual(told(new RegExp(`^Entry ${last.sequence} is missing`)));
    const other = `${last.sequence}:${'0'.repeat(64)}`;
    expect(await verify('--file', file, '--anchor', other)).toEqual(
      told(/another one than the anchor names/),
    );
    await server.request
      .get('/audit/verification?anchor=1')
      .auth(admin.token, { type: 'bearer' })
      .expect(400);
  });
});
