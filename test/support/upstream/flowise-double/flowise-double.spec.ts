import { FlowiseDecoder } from '../../../../src/upstream/flowise/flowise.decoder.js';
import { decode, newReport } from '../decoding.js';
import { flowise } from '../flowise-behaviours.js';
import { readFlowiseFixture } from '../flowise-fixtures.js';
import { Gate } from '../gate.js';
import { ask, call, open, read } from './ask.js';
import { startFlowiseDouble, type FlowiseDouble } from './flowise-double.js';

const session = (sessionId: string) => ({ overrideConfig: { sessionId } });
const RECALL = { question: 'What did I say?' };

/** The order of a recorded answer's events, runs of tokens counted as one. */
const orderOf = (names: readonly string[]) => names.filter((name, index) => name !== names[index - 1]);
const recorded = (name: string) =>
  readFlowiseFixture(name)
    .body.toString('utf8')
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => (JSON.parse(line.slice('data:'.length)) as { event: string }).event);

describe('the double of Flowise', () => {
  let double: FlowiseDouble;

  beforeEach(async () => {
    double = await startFlowiseDouble();
    double.defineFlow('chain', { kind: 'chain' });
  });
  afterEach(() => double.close());

  describe('memory', () => {
    it('is keyed by the session id alone: whoever sends it is told the conversation', async () => {
      await ask(double, 'chain', { question: 'my secret', chatId: 'a', ...session('main') });
      const other = await ask(double, 'chain', { ...RECALL, chatId: 'b', ...session('main') });
      expect(other.text).toBe('I remember: you said "my secret"; I said "You said: my secret"; ');
      const elsewhere = await ask(double, 'chain', { ...RECALL, chatId: 'a', ...session('other') });
      expect(elsewhere.text).toBe('I remember nothing.');
    });

    it('is keyed by the chat id where no session id is sent, and belongs to its flow', async () => {
      double.defineFlow('second', { kind: 'chain' });
      await ask(double, 'chain', { question: 'one', chatId: 'a' });
      expect((await ask(double, 'chain', { ...RECALL, ...session('a') })).text).toContain('"one"');
      expect((await ask(double, 'second', { ...RECALL, chatId: 'a' })).text).toBe('I remember nothing.');
    });

    it('is read behind the history of the body, which is not remembered', async () => {
      await ask(double, 'chain', { question: 'kept', chatId: 'a' });
      const history = [{ role: 'userMessage', content: 'told' }];
      const told = await ask(double, 'chain', { ...RECALL, chatId: 'a', history });
      expect(told.text).toBe('I remember: you said "told"; you said "kept"; I said "You said: kept"; ');
      expect(double.memoryOf('chain', 'a').map(({ content }) => content)).not.toContain('told');
    });

    it('gives a script the question, the memory and the number of the turn', async () => {
      const turns: number[] = [];
      double.defineFlow('scripted', {
        kind: 'chain',
        answer: ({ turn, question, history, sessionId, chatId }) => {
          turns.push(turn);
          return [question, sessionId, chatId, String(history.length)];
        },
      });
      await ask(double, 'scripted', { question: 'q', chatId: 'c', ...session('s') });
      expect((await ask(double, 'scripted', { question: 'q', chatId: 'c', ...session('s') })).text).toBe(
        'qsc2',
      );
      expect(turns).toEqual([1, 2]);
    });
  });

  describe('the wire', () => {
    it('tells a chain as recorded', async () => {
      const { events, names } = await ask(double, 'chain', { question: 'Hi', chatId: 'a', ...session('s') });
      expect(orderOf(names)).toEqual(orderOf(recorded('01')));
      expect(events.at(-2)?.data).toEqual({
        chatId: 'a',
        chatMessageId: expect.any(String),
        question: 'Hi',
        sessionId: 's',
        memoryType: 'Buffer Memory',
      });
      expect(events.at(-1)?.data).toBe('[DONE]');
    });

    it('tells a tool agent as recorded, and which tools have run', async () => {
      double.defineFlow('tools', { kind: 'toolAgent' });
      const { events, names } = await ask(double, 'tools', { question: 'Compute' });
      expect(orderOf(names)).toEqual(orderOf(recorded('07a3')));
      expect(names.filter((name) => name === 'start')).toHaveLength(1);
      const used = [{ tool: 'calculator', toolInput: { input: '6*7' }, toolOutput: '42' }];
      expect(events.find(({ event }) => event === 'usedTools')?.data).toEqual(used);
      expect(double.runs[0]?.tools).toEqual(used);
    });

    it('tells an AgentFlow v2 as recorded', async () => {
      const tools = [{ tool: 'calculator', toolInput: { input: '6*7' }, toolOutput: '42' }];
      double.defineFlow('agents', { kind: 'agentflow2', tools });
      const { events, names } = await ask(double, 'agents', { question: 'Compute' });
      expect(orderOf(names)).toEqual(orderOf(recorded('11b')));
      expect(events.at(-2)?.data).not.toHaveProperty('memoryType');
    });

    it('tells the documents that a chain has found', async () => {
      double.defineFlow('rag', { kind: 'chain', sourceDocuments: [{ pageContent: 'p', metadata: {} }] });
      const { names } = await ask(double, 'rag', { question: 'Hi' });
      expect(orderOf(names)).toEqual(orderOf(recorded('07d')));
    });

    it('answers JSON where no stream was asked for, and from a flow that cannot stream', async () => {
      double.defineFlow('document', { kind: 'nonStreaming' });
      const stored = {
        text: 'You said: Hi',
        question: 'Hi',
        chatId: 'a',
        chatMessageId: expect.any(String),
        isStreamValid: false,
        sessionId: 'a',
        memoryType: 'Buffer Memory',
      };
      for (const [flowId, streaming] of [
        ['document', true],
        ['chain', false],
      ] as const) {
        const answer = await open(double, flowId, { question: 'Hi', chatId: 'a', streaming });
        expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
        expect(JSON.parse(await answer.text())).toEqual(stored);
        expect(double.memoryOf(flowId, 'a')).toHaveLength(2);
      }
    });

    it('writes heartbeats when told to', async () => {
      const gate = new Gate();
      double.defineFlow('slow', { kind: 'chain', gate });
      const stream = await open(double, 'slow', { question: 'Hi' });
      double.heartbeat();
      gate.open();
      const comments: string[] = [];
      for await (const event of stream) comments.push(...event.comments);
      expect(comments).toEqual(['heartbeat']);
    });

    it('tells which flows can stream', async () => {
      double.defineFlow('document', { kind: 'nonStreaming' });
      expect(await (await call(double, 'GET', 'chatflows-streaming/chain')).json()).toEqual({
        isStreaming: true,
      });
      const document = await call(double, 'GET', 'chatflows-streaming/document');
      expect(await document.json()).toEqual({ isStreaming: false });
    });

    it.each(['chain', 'toolAgent', 'agentflow2', 'humanInput', 'sequentialAgents'] as const)(
      'is what the product reads without a doubt: %s',
      async (kind) => {
        double.defineFlow('flow', { kind });
        const body = Buffer.from(await (await open(double, 'flow', { question: 'Hi' })).text());
        const { outcome, report } = decode((report) => new FlowiseDecoder(report), [body]);
        expect({ outcome, report }).toMatchObject({ outcome: 'done', report: newReport() });
      },
    );

    it('replays any bytes', async () => {
      double.defineFlow('old', { kind: 'replayed', respond: flowise.recorded('01') });
      expect((await ask(double, 'old', { question: 'Hi' })).text).toContain('word199');
    });
  });

  describe('stored messages', () => {
    beforeEach(async () => {
      await ask(double, 'chain', { question: 'one', chatId: 'a', ...session('s') });
      await ask(double, 'chain', { question: 'two', chatId: 'b', ...session('s') });
      await ask(double, 'chain', { question: 'three', chatId: 'c', ...session('other') });
    });
    const contents = async (path: string) =>
      ((await (await call(double, 'GET', path)).json()) as { content: string }[]).map(
        ({ content }) => content,
      );

    it('are listed by session, by chat, or all', async () => {
      expect(await contents('chatmessage/chain?sessionId=s')).toEqual([
        'one',
        'You said: one',
        'two',
        'You said: two',
      ]);
      expect(await contents('chatmessage/chain?chatId=b')).toEqual(['two', 'You said: two']);
      expect(await contents('chatmessage/chain?chatId=b&order=DESC')).toEqual(['You said: two', 'two']);
      expect(await contents('chatmessage/chain')).toHaveLength(6);
      const [row] = (await (await call(double, 'GET', 'chatmessage/chain?chatId=a')).json()) as object[];
      expect(row).toMatchObject({ role: 'userMessage', chatId: 'a', sessionId: 's', chatflowid: 'chain' });
    });

    it('are the memory: what is deleted is forgotten, and nothing else', async () => {
      const deleted = await call(double, 'DELETE', 'chatmessage/chain?sessionId=s');
      expect(await deleted.json()).toEqual({ raw: [], affected: 4 });
      expect(double.memoryOf('chain', 's')).toEqual([]);
      expect(double.memoryOf('chain', 'other')).toHaveLength(2);
      expect(double.deletions).toEqual([
        expect.objectContaining({ flowId: 'chain', sessionId: 's', affected: 4 }),
      ]);
    });

    it('of one chat are deleted without the rest of their session', async () => {
      await call(double, 'DELETE', 'chatmessage/chain?chatId=a');
      expect(double.memoryOf('chain', 's').map(({ content }) => content)).toEqual(['two', 'You said: two']);
    });

    it('need the API key', async () => {
      for (const method of ['GET', 'DELETE']) {
        const refused = await call(double, method, 'chatmessage/chain?sessionId=s', 'wrong');
        expect(refused.status).toBe(401);
      }
      expect(double.memoryOf('chain', 's')).toHaveLength(4);
      expect(double.deletions).toEqual([]);
    });

    it('of an unknown flow are an error', async () => {
      expect((await call(double, 'GET', 'chatmessage/nowhere')).status).toBe(500);
      expect((await call(double, 'DELETE', 'chatmessage/nowhere')).status).toBe(404);
    });

    it('can be undeletable for a while', async () => {
      double.respondToDeleteWith(flowise.status(503));
      expect((await call(double, 'DELETE', 'chatmessage/chain?sessionId=s')).status).toBe(503);
      expect(double.memoryOf('chain', 's')).toHaveLength(4);
      double.respondToDeleteWith();
      expect((await call(double, 'DELETE', 'chatmessage/chain?sessionId=s')).status).toBe(200);
      expect(double.deletions.map(({ affected }) => affected)).toEqual([0, 4]);
    });
  });

  it('records what it is asked, as it comes', async () => {
    const first = double.request(0);
    await ask(double, 'chain', { question: 'Hi', chatId: 'a' });
    const { flowId, body, headers, clientLeft } = await first;
    expect({ flowId, body, clientLeft }).toEqual({
      flowId: 'chain',
      body: { question: 'Hi', chatId: 'a', streaming: true },
      clientLeft: false,
    });
    expect(headers['content-type']).toBe('application/json');
  });

  it('tells rows of runs at once in the order in which the runs began', async () => {
    const [slow, fast] = [new Gate(), new Gate()];
    double.defineFlow('gated', {
      kind: 'chain',
      gate: ({ question }) => (question === 'slow' ? slow : fast),
    });
    const first = await open(double, 'gated', { question: 'slow', chatId: 'a', ...session('s') });
    const second = await open(double, 'gated', { question: 'fast', chatId: 'b', ...session('s') });
    fast.open();
    await read(second);
    slow.open();
    await read(first);
    expect(double.memoryOf('gated', 's').map(({ content }) => content)).toEqual([
      'slow',
      'fast',
      'You said: fast',
      'You said: slow',
    ]);
  });
});
