import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';
import { until } from '../support/until.js';
import { flowise, type FlowiseBehaviour } from '../support/upstream/flowise-behaviours.js';
import { humanInputAction } from '../support/upstream/flowise-double/agentflow-frames.js';
import { startFlowiseDouble, type FlowiseDouble } from '../support/upstream/flowise-double/flowise-double.js';
import { startFlowiseReplay, type FlowiseReplay } from '../support/upstream/flowise-replay.js';
import { KEYS, type Step } from './terminal-person.js';
import { TerminalProgram } from './terminal-program.js';

const ASKED = /Proceed \(p\), Reject \(r\)[^]*: $/;
const PROMPT = /> $/;
const NEXT = /credits?[^]*> $/;

/** An agent's question, and the end of its run. */
const asking = (text: string) =>
  flowise.frames(['token', text], ['action', humanInputAction(text)], ['end', '[DONE]']);

describe('What an agent tells and asks in the terminal', () => {
  let server: TestServer;
  let user: TestUser;
  let program: TerminalProgram;
  let double: FlowiseDouble;
  let replay: FlowiseReplay;

  beforeAll(async () => {
    [double, replay] = await Promise.all([startFlowiseDouble(), startFlowiseReplay()]);
    server = await startTestServer();
    program = await TerminalProgram.on(server);
    double.defineFlow('agent', { kind: 'humanInput' });
    for (const [id, url, inputWaitSeconds] of [
      ['waits', double.url, 600],
      ['ends', double.url, 0],
      ['replayed', replay.url, 600],
      ['replayed-ends', replay.url, 0],
    ] as const)
      await putChatflow(id, url, inputWaitSeconds);
  });
  afterAll(async () => {
    await server.close();
    await program.close();
    await double.close();
    await replay.close();
  });
  beforeEach(async () => {
    user = await program.enter();
  });

  async function putChatflow(id: string, baseUrl: string, inputWaitSeconds: number): Promise<void> {
    const { token } = await server.admin();
    const flow = { provider: 'flowise', upstream: { flowId: 'agent', baseUrl }, inputWaitSeconds };
    await server.request
      .put(`/chatflows/${id}`)
      .auth(token, { type: 'bearer' })
      .send({ name: id, price: { credits: 1 }, access: { public: true }, ...flow })
      .expect(201);
  }
  /** One behaviour for each prediction, the last for all others. */
  function replayInTurn(...behaviours: readonly FlowiseBehaviour[]): void {
    const left = [...behaviours];
    replay.respondWith((response) => (left.length > 1 ? left.shift() : left[0])?.(response));
  }
  const converse = (chatflow: string, script: readonly Step[]) => program.converse(['-c', chatflow], script);
  const spent = async () => 100 - Number((await server.read('/accounting/balance', user.token)).available);
  const lastInput = (of: FlowiseDouble | FlowiseReplay) => of.requests.at(-1)?.body.humanInput;
  const turnsOf = async () => {
    const { data: sessions } = await server.read('/sessions', user.token);
    const [{ id }] = sessions as [{ id: string }];
    return server.read(`/sessions/${id}/messages`, user.token) as Promise<{
      data: { role: string; content: string; status: string }[];
      turns: { turnId: string; status: string }[];
    }>;
  };

  it.each([
    ['waits', 1],
    ['ends', 2],
  ])('%s: it is answered', async (id, cost) => {
    const { code, shown } = await converse(id, [
      [PROMPT, '6*7?\r'],
      [ASKED, 'p\r'],
      [NEXT, KEYS.end],
    ]);
    expect([code, shown]).toEqual([0, expect.stringContaining('calculator')]);
    expect([lastInput(double), await spent()]).toMatchObject([{ type: 'proceed' }, cost]);
  });

  it.each([
    ['waits', 'Yes, but once.', { type: 'proceed', feedback: 'Yes, but once.' }],
    ['waits', 'Reject', { type: 'reject' }],
    ['ends', 'r', { type: 'reject' }],
    ['ends', 'no, thanks', { type: 'proceed', feedback: 'no, thanks' }],
  ])('%s: it is told “%s”, after an empty line that says nothing', async (id, said, input) => {
    const { code } = await converse(id, [
      [PROMPT, '6*7?\r'],
      [ASKED, '\r'],
      [ASKED, `${said}\r`],
      [NEXT, KEYS.end],
    ]);
    expect([code, lastInput(double)]).toMatchObject([0, input]);
  });

  it.each(['waits', 'ends'])('%s: what was typed before its question is no consent to it', async (id) => {
    // The consent that nobody has given, and what answers the next question, unfinished.
    const { code } = await converse(id, [
      [PROMPT, '6*7?\rp\rproce'],
      [ASKED, 'r\r'],
      [ASKED, 'r\r'],
      [/credits?[^]*> proce$/, 'ed\r'],
      [ASKED, KEYS.interrupt],
      [PROMPT, KEYS.end],
    ]);
    const inputs = double.requests.map(({ body }) => body.humanInput).filter((input) => input !== undefined);
    expect([code, inputs.slice(-2)]).toMatchObject([0, [{ type: 'reject' }, { type: 'reject' }]]);
    const { data } = await turnsOf();
    const questions = data.filter(({ role }) => role === 'user').map(({ content }) => content);
    expect(questions.filter((question) => question !== 'reject')).toEqual(['6*7?', 'p', 'proceed']);
  });

  it('waits: Ctrl-C at its question stops the turn, and the next question is asked', async () => {
    const before = double.runs.length;
    const { code, shown } = await converse('waits', [
      [PROMPT, '6*7?\r'],
      [ASKED, `half an answer${KEYS.interrupt}`],
      [/Stopped [^]*1 credit charged[^]*> $/, 'again\r'],
      [ASKED, 'p\r'],
      [NEXT, KEYS.end],
    ]);
    expect([code, shown]).toEqual([0, expect.stringContaining('calculator')]);
    const { data } = await turnsOf();
    expect(data.map(({ role, status }) => `${role} ${status}`)).toEqual([
      'user stopped',
      'assistant stopped',
      'user completed',
      'assistant completed',
    ]);
    // The one that asked, what asked again, and what the reply has resumed.
    expect(double.runs.length - before).toBe(3);
  });

  it('ends: Ctrl-C at its question leaves it, and what it has cost is told', async () => {
    const before = double.runs.length;
    const { code, shown } = await converse('ends', [
      [PROMPT, '6*7?\r'],
      [ASKED, KEYS.interrupt],
      [NEXT, KEYS.end],
    ]);
    expect([code, shown]).toEqual([0, expect.stringContaining('1 credit · ')]);
    expect([double.runs.length - before, await spent()]).toEqual([1, 1]);
  });

  it.each([
    ['replayed', 1],
    ['replayed-ends', 3],
  ])('%s: several questions are answered one after the other', async (id, cost) => {
    replayInTurn(asking('Shall I begin?'), asking('Shall I go on?'), flowise.tokens('Done.'));
    const { code, shown } = await converse(id, [
      [PROMPT, 'Do it\r'],
      [/Shall I begin\?[^]*Proceed \(p\), Reject \(r\)[^]*: $/, 'p\r'],
      [/Shall I go on\?[^]*Proceed \(p\), Reject \(r\)[^]*: $/, 'only once\r'],
      [/Done\.[^]*> $/, KEYS.end],
    ]);
    expect(code).toBe(0);
    expect(shown.match(/Proceed \(p\)/g)).toHaveLength(2);
    expect(replay.requests.slice(-2).map(({ body }) => body.humanInput)).toMatchObject([
      { type: 'proceed' },
      { type: 'proceed', feedback: 'only once' },
    ]);
    expect(await spent()).toBe(cost);
  });

  it('goes when it is answered elsewhere: what was typed of an answer is not sent, nor lost', async () => {
    const { code, shown } = await converse('waits', [
      [PROMPT, '6*7?\r'],
      [ASKED, 'half an '],
      [
        /half an $/,
        async () => {
          const { turns } = await turnsOf();
          await server.request
            .post(`/turns/${String(turns[0]?.turnId)}/input`)
            .auth(user.token, { type: 'bearer' })
            .send({ action: 'reject' })
            .expect(200);
        },
      ],
      [/credit[^]*> [^]*$/, `${KEYS.interrupt}`],
      [/[^]*/, KEYS.end],
    ]);
    expect(lastInput(double)).toMatchObject({ type: 'reject' });
    expect([code, shown]).toEqual([0, expect.stringContaining('half an ')]);
    expect((await turnsOf()).data.map(({ status }) => status)).toEqual(['completed', 'completed']);
  });

  it('goes when its turn is stopped elsewhere', async () => {
    const { code, shown } = await converse('waits', [
      [PROMPT, '6*7?\r'],
      [
        ASKED,
        async () => {
          const { turns } = await turnsOf();
          await server.request
            .post(`/turns/${String(turns[0]?.turnId)}/stop`)
            .auth(user.token, { type: 'bearer' })
            .expect(200);
        },
      ],
      [/stopped[^]*> $/i, KEYS.end],
    ]);
    expect([code, shown]).toEqual([0, expect.stringMatching(/stopped/i)]);
    await until(async () => (await turnsOf()).data.length > 0);
  });

  it('shows what a model thinks only where that is wanted, and sources always, without what steers a terminal', async () => {
    replayInTurn(
      flowise.frames(
        ['thinking', 'Plants need '],
        ['thinking', 'water.\u001b[2J'],
        ['token', 'In the morning.'],
        [
          'sourceDocuments',
          [
            {
              pageContent: 'Plants drink in the morning.',
              metadata: { title: 'Gardening\u001b[2J', url: 'https://example.com/g' },
            },
            { pageContent: 'Roots rot\nin wet soil.', metadata: {} },
          ],
        ],
        ['end', '[DONE]'],
      ),
    );
    const plain = await program.run(['-c', 'replayed', 'ask', 'When?']);
    expect([plain.code, plain.out]).toEqual([0, 'In the morning.\n']);
    expect(plain.told).not.toContain('Plants need');
    expect(plain.told).toMatch(/^\[1\] Gardening\[2J · https:\/\/example\.com\/g\n\[2\] Roots rot\n1 credit/);
    const thoughtful = await program.run(['-c', 'replayed', '--reasoning', 'ask', 'When?']);
    expect([thoughtful.code, thoughtful.out]).toEqual([0, 'In the morning.\n']);
    expect(thoughtful.told).toMatch(/^Plants need water\.\[2J\n\[1\]/);
    const machine = await program.run(['-c', 'replayed', '--json', 'ask', 'When?']);
    expect(JSON.parse(machine.out)).toMatchObject({
      text: 'In the morning.',
      reasoning: 'Plants need water.\u001b[2J',
      sources: [
        { title: 'Gardening\u001b[2J', url: 'https://example.com/g' },
        { text: 'Roots rot\nin wet soil.' },
      ],
    });
  });
});
