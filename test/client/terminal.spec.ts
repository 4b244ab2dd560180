import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';
import { KEYS, pasted, type Step } from './terminal-person.js';
import { TerminalProgram, type RunOptions } from './terminal-program.js';

describe('The terminal client', () => {
  let server: TestServer;
  let user: TestUser;
  let program: TerminalProgram;

  beforeAll(async () => {
    server = await startTestServer({ ASSISTANT_DELAY_MS: '20' });
    program = await TerminalProgram.on(server);
  });
  afterAll(async () => {
    await server.close();
    await program.close();
  });
  beforeEach(async () => {
    user = await program.enter();
  });

  const run = (words: readonly string[], options?: RunOptions) => program.run(words, options);
  const converse = (words: readonly string[], script: readonly Step[]) => program.converse(words, script);

  it('signs in once, answers, and tells what it cost', async () => {
    const { code, out, told } = await run(['add', 'a', 'task', 'to', 'buy', 'milk']);
    expect([code, out]).toEqual([0, 'Added task 1, "buy milk".\n']);
    expect(told).toMatch(/^· add_task\n1 credit · first token after \d+ ms · [\d.]+ s/);
    expect((await stat(join(program.configHome, 'tollgate/tokens.json'))).mode & 0o777).toBe(0o600);
    const again = await run(['balance'], { env: { TOLLGATE_PASSWORD: 'not used any more' } });
    expect(again.out).toBe('99 credits available\n');
  });

  it('takes a question from a pipe and answers JSON', async () => {
    const { code, out, told } = await run(['--json'], { input: 'what are my tasks?\n' });
    expect([code, told]).toEqual([0, '']);
    const answer = JSON.parse(out) as Record<string, unknown>;
    expect(answer).toMatchObject({ charged: 1, text: expect.stringContaining('Your list is empty') });
    const history = await run(['history', String(answer.sessionId), '--json']);
    expect(JSON.parse(history.out)).toMatchObject([
      { role: 'user', content: 'what are my tasks?\n' },
      { role: 'assistant', content: answer.text },
    ]);
  });

  it('stops the turn on Ctrl-C and tells what was charged', async () => {
    let isPressed = false;
    const stopped = await run(['ask', 'help'], {
      onOutput: (text, interrupt) => {
        if (isPressed || text.length < 40) return;
        isPressed = true;
        interrupt();
      },
    });
    expect(stopped.code).toBe(130);
    expect(stopped.told).toContain('Stopped · 1 credit charged');
    expect(await server.read('/accounting/balance', user.token)).toEqual({ available: 99, held: 0 });
  });

  it('lists what can be asked, and goes on with a conversation in the chatflow that it belongs to', async () => {
    const { token } = await server.admin();
    const dear = { name: 'Dear', provider: 'assistant', price: { credits: 5 }, access: { public: true } };
    await server.request.put('/chatflows/dear').auth(token, { type: 'bearer' }).send(dear).expect(201);
    const listed = await run(['chatflows']);
    expect(listed.out).toMatch(/^assistant +1 credit .*\ndear +5 credits {2}Dear\n$/);
    const first = await run(['--json', '-c', 'dear', 'ask', 'help']);
    const { sessionId } = JSON.parse(first.out) as { sessionId: string };
    const second = await run(['-s', sessionId, 'ask', 'help']);
    expect(second.told).toContain('5 credits');
    expect((await run(['-c', 'nothing', 'ask', 'help'])).told).toContain('nothing');
  });

  it('says which chatflow is disabled, what there is instead, and shows what was said in it', async () => {
    const { token } = await server.admin();
    const put = (disabled: boolean) =>
      server.request
        .put('/chatflows/off')
        .auth(token, { type: 'bearer' })
        .send({
          name: 'Off',
          provider: 'assistant',
          price: { credits: 1 },
          access: { public: true },
          disabled,
        })
        .expect(disabled ? 200 : 201);
    await put(false);
    const first = await run(['--json', '-c', 'off', 'ask', 'help']);
    const { sessionId } = JSON.parse(first.out) as { sessionId: string };
    await put(true);
    expect((await run(['chatflows'])).out).toMatch(/^off +1 credit {2}Off \(disabled\)$/m);
    const refused = await run(['-s', sessionId, 'ask', 'help']);
    expect([refused.code, refused.told]).toEqual([
      1,
      expect.stringMatching(/is disabled.*tollgate chatflows/),
    ]);
    expect((await run(['history', sessionId])).out).toContain('Assistant');
    const { shown } = await converse(
      [],
      [
        [/> $/, '/chatflow off\r'],
        [/The chatflow off is disabled\.[^]*> $/, '/chatflow nowhere\r'],
        [/There are: (?!.*\boff\b).*assistant[^]*> $/, KEYS.end],
      ],
    );
    expect(shown).not.toContain('A new conversation with off');
    await server.request.delete('/chatflows/off').auth(token, { type: 'bearer' }).expect(204);
  });

  it('chats: arrow keys bring questions back, commands choose what is asked', async () => {
    const { code, shown } = await converse(
      [],
      [
        [/> $/, 'add a task to buy milk\r'],
        [/Added task 1[^]*> $/, `${KEYS.up}\r`],
        [/Added task 2[^]*> $/, '/chatflows\r'],
        [/assistant[^]*> $/, '/chatflow nowhere\r'],
        [/There is no chatflow nowhere[^]*> $/, '/new\r'],
        [/A new conversation[^]*> $/, KEYS.end],
      ],
    );
    expect([code, shown]).toEqual([0, expect.stringContaining('Added task 2, "buy milk"')]);
    const { data } = await server.read('/sessions', user.token);
    expect(data).toHaveLength(1);
  });

  it('loses nothing that is typed ahead, be it the end', async () => {
    const { code, shown } = await converse(
      [],
      [[/> $/, `add a task to buy milk\radd a task to buy bread\r${KEYS.end}`]],
    );
    expect([code, shown]).toEqual([0, expect.stringMatching(/Added task 1[^]*Added task 2, "buy bread"/)]);
    const atOnce = await converse(
      [],
      [
        [/> $/, 'help\r'],
        [/help\r?\n/, KEYS.end],
      ],
    );
    expect([atOnce.code, atOnce.shown]).toEqual([0, expect.stringMatching(/1 credit · /)]);
  });

  it('asks once what is pasted in several lines', async () => {
    await converse(
      [],
      [
        [/> $/, `${pasted('one\rtwo')}\r`],
        [/credit[^]*> $/, KEYS.end],
      ],
    );
    const { data } = await server.read('/sessions', user.token);
    const [{ id }] = data as [{ id: string }];
    const { data: messages } = await server.read(`/sessions/${id}/messages`, user.token);
    expect(messages).toMatchObject([{ content: 'one\ntwo' }, { role: 'assistant' }]);
  });

  it('fails in words, in JSON and with a code', async () => {
    const nobody = await run(['balance'], { env: { TOLLGATE_PASSWORD: 'wrong password' } });
    expect(nobody).toMatchObject({ code: 2, out: '' });
    expect(nobody.told).toContain('The e-mail or the password is wrong.');
    const key = await run(['balance', '--json'], { env: { TOLLGATE_API_KEY: 'no key' } });
    expect(key.code).toBe(1);
    const told = await run(['balance'], { env: { TOLLGATE_API_KEY: 'no key' } });
    expect(told.told).toContain('the key in TOLLGATE_API_KEY');
    const gone = await run(['balance', '-u', 'http://127.0.0.1:9'], { env: { TOLLGATE_API_KEY: 'a key' } });
    expect(gone.told).toContain('Is Tollgate running at http://127.0.0.1:9?');
    expect(JSON.parse(key.out)).toMatchObject({ error: { code: 'unauthenticated' } });
    expect((await run(['--nonsense'])).code).toBe(2);
  });
});
