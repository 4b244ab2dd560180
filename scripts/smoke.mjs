// The built product as a newcomer meets it: the printed command, the README's first steps, wrong settings, stop and second start.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnBuilt, startBuilt } from './start-built.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tollgate-smoke-'));
const settings = { DATA_DIR: join(folder, 'data') };
const results = { passed: 0, failed: 0 };

async function step(name, run) {
  try {
    await run();
    results.passed += 1;
    process.stdout.write(`ok      ${name}\n`);
  } catch (error) {
    results.failed += 1;
    process.stdout.write(`FAILED  ${name}\n${error.stack}\n`);
  }
}

const bash = (script) =>
  execFileSync('bash', ['-euo', 'pipefail', '-c', script], { encoding: 'utf8', stdio: 'pipe' });

/** The commands of the README's section "First steps", with this server's address and password put in. */
function firstSteps(url, password) {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const section = /\n## First steps\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? '';
  const commands = [...section.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, block]) => block).join('\n');
  assert.match(commands, /^URL=.*$/m);
  assert.match(commands, /^PASSWORD=.*$/m);
  return commands.replace(/^URL=.*$/m, `URL=${url}`).replace(/^PASSWORD=.*$/m, `PASSWORD='${password}'`);
}

async function call(url, path, { token, body } = {}) {
  const response = await fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.ok(response.ok, `${path} answered ${response.status}`);
  return response.json();
}

const logIn = (url, password) =>
  call(url, '/auth/login', { body: { email: 'demo@tollgate.local', password } }).then(
    (pair) => pair.access_token,
  );

async function failedStart(env) {
  const { output, exited } = spawnBuilt(env);
  return { code: await exited, ...output };
}

let tollgate = await startBuilt(settings);
const { url } = tollgate;
const password = /password: (\S+)/.exec(tollgate.output.stdout)?.[1] ?? '';

try {
  await step('the printed curl command streams an answer', () => {
    const command = /^curl -N .*$/m.exec(tollgate.output.stdout)?.[0] ?? 'false';
    const streamed = bash(command);
    for (const event of ['session_id', 'token', 'metadata', 'end'])
      assert.match(streamed, new RegExp(`"event":"${event}"`));
  });
  await step('the first steps of the README stream an answer, read it back and cost one credit', async () => {
    const token = await logIn(url, password);
    const before = await call(url, '/accounting/balance', { token });
    const printed = bash(firstSteps(url, password));
    assert.match(printed, /"event":"token"/);
    assert.match(printed, /"role":"user","content":"Add a task to buy milk"/);
    assert.match(printed, /"role":"assistant","content":"Added task/);
    const after = await call(url, '/accounting/balance', { token });
    assert.deepEqual(after, { available: before.available - 1, held: 0 });
    assert.ok(printed.includes(JSON.stringify(after)), 'the balance is printed');
  });
  await step('wrong settings stop the start with their names and without a stack', async () => {
    const { code, stderr } = await failedStart({ PORT: 'secret-value', TURN_TIMEOUT_MS: '-1' });
    assert.equal(code, 1);
    assert.match(stderr, /PORT must be[\s\S]*TURN_TIMEOUT_MS must be/);
    assert.doesNotMatch(stderr, /secret-value|\n\s+at /);
  });
  await step('a port in use is said plainly', async () => {
    const { port } = new URL(url);
    const { code, stderr } = await failedStart({ PORT: port, DATA_DIR: join(folder, 'other') });
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^Port ${port} is in use`));
  });
  await step('a data folder in use is said plainly', async () => {
    const { code, stderr } = await failedStart(settings);
    assert.equal(code, 1);
    assert.match(stderr, /in use/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
  await step('production starts with nothing generated', async () => {
    const { code, stderr } = await failedStart({ NODE_ENV: 'production', DATA_DIR: join(folder, 'other') });
    assert.equal(code, 1);
    assert.match(stderr, /MONGODB_URI[\s\S]*JWT_SECRET/);
  });
  await step('SIGTERM ends it with exit code 0', async () => {
    assert.equal(await tollgate.stop(), 0);
    assert.equal(tollgate.output.stderr, '');
  });
  await step('a second start finds its data', async () => {
    tollgate = await startBuilt(settings);
    assert.doesNotMatch(tollgate.output.stdout, /password/);
    const token = await logIn(tollgate.url, password);
    assert.deepEqual(await call(tollgate.url, '/accounting/balance', { token }), { available: 98, held: 0 });
    assert.equal((await call(tollgate.url, '/sessions', { token })).data.length, 2);
  });
  await step('a second signal ends it at once, whatever still runs', async () => {
    const busy = await startBuilt({
      DATA_DIR: join(folder, 'busy'),
      DEMO_PASSWORD: 'a password of the smoke test',
      ASSISTANT_DELAY_MS: '10000',
      SHUTDOWN_GRACE_MS: '60000',
    });
    const token = await logIn(busy.url, 'a password of the smoke test');
    const response = await fetch(`${busy.url}/predict/stream/store`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: '{"chatflow_id":"assistant","question":"help"}',
    });
    await response.body.getReader().read();
    const exited = busy.stop();
    for (let ready = 200; ready === 200; ready = (await fetch(`${busy.url}/health/ready`)).status);
    void busy.stop();
    assert.equal(await exited, 1);
  });
} finally {
  await tollgate.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`smoke: ${results.passed} passed, ${results.failed} failed\n`);
process.exitCode = results.failed === 0 ? 0 : 1;
