import { Gate } from '../gate.js';
import { ask, call, open } from './ask.js';
import { startFlowiseDouble, type FlowiseDouble } from './flowise-double.js';
import type { ScriptedFlow } from './flow.js';

const session = (sessionId: string) => ({ overrideConfig: { sessionId } });
const answer = () => ['one', ' two', ' three'];

describe('runs of the double of Flowise', () => {
  let double: FlowiseDouble;
  let gate: Gate;

  beforeEach(async () => {
    double = await startFlowiseDouble();
    gate = new Gate();
  });
  afterEach(() => double.close());

  const define = (kind: ScriptedFlow['kind'], flow: Partial<ScriptedFlow> = {}) => {
    double.defineFlow('flow', { kind, answer, gate, ...flow });
  };
  const abort = (chatId: string) => call(double, 'PUT', `chatmessage/abort/flow/${chatId}`, 'none');

  /** Asks, and takes the first token. */
  async function begin(body: object) {
    const stream = await open(double, 'flow', body);
    const frames = stream[Symbol.asyncIterator]();
    gate.release();
    for (;;) {
      const { value, done } = await frames.next();
      if (done === true) throw new Error('The answer ended before its first token');
      if (value.json?.event === 'token' && value.json.data !== '') return { stream, frames };
    }
  }
  async function rest(frames: AsyncIterator<{ json?: { event: string; data: unknown } }>) {
    const told: { event: string; data: unknown }[] = [];
    for (;;) {
      const { value, done } = await frames.next();
      if (done === true) return told;
      if (value.json !== undefined) told.push(value.json);
    }
  }
  const namesOf = (told: readonly { event: string }[]) => told.map(({ event }) => event);

  describe('with one chat id at once', () => {
    it('share the newer response: the older gets nothing more, and the first end ends it', async () => {
      const [older, newer] = [new Gate(), new Gate()];
      const said = ({ question }: { question: string }) => [`${question}1 `, `${question}2 `];
      define('chain', { answer: said, gate: ({ question }) => (question === 'a' ? older : newer) });
      older.release();
      const { frames: first } = await begin({ question: 'a', chatId: 'x' });
      newer.release();
      const { frames: second } = await begin({ question: 'b', chatId: 'x' });
      let more: unknown = 'nothing';
      void first.next().then(
        (frame) => (more = frame),
        () => {},
      );
      older.open();
      const told = await rest(second);
      expect(
        told.map(({ event, data }) => [event, (data as { question?: string }).question ?? data]),
      ).toEqual([
        ['token', 'a2 '],
        ['metadata', 'a'],
        ['end', '[DONE]'],
      ]);
      newer.open();
      await double.whenIdle();
      expect(double.memoryOf('flow', 'x').map(({ content }) => content)).toEqual([
        'a',
        'b',
        'a1 a2 ',
        'b1 b2 ',
      ]);
      await ask(double, 'flow', { question: 'b', chatId: 'y' });
      expect(more).toBe('nothing');
    });
  });

  describe('whose client leaves', () => {
    it.each(['chain', 'toolAgent', 'agentflow2', 'sequentialAgents', 'nonStreaming'] as const)(
      'go on and are remembered: %s',
      async (kind) => {
        define(kind, { tools: [] });
        const left = new AbortController();
        const asking = fetch(`${double.url}/api/v1/prediction/flow`, {
          method: 'POST',
          body: JSON.stringify({ question: 'Hi', chatId: 'a', streaming: true }),
          signal: left.signal,
        }).then((response) => response.text());
        const request = await double.request(0);
        left.abort();
        await expect(asking).rejects.toThrow();
        await request.closed;
        expect(request.clientLeft).toBe(true);
        expect(double.runs[0]?.state).toBe('running');
        gate.open();
        await double.whenIdle();
        expect(double.runs[0]).toMatchObject({ state: 'ended', answer: 'one two three' });
        expect(double.memoryOf('flow', 'a').map(({ content }) => content)).toEqual(['Hi', 'one two three']);
      },
    );
  });

  describe('that are told to stop', () => {
    it.each(['chain', 'toolAgent'] as const)('run on and remember all the same: %s', async (kind) => {
      define(kind);
      const { frames } = await begin({ question: 'Hi', chatId: 'a' });
      const stopped = await abort('a');
      expect(stopped.status).toBe(200);
      expect(await stopped.json()).toEqual({ status: 200, message: 'Chat message aborted' });
      gate.open();
      expect(namesOf(await rest(frames)).slice(-2)).toEqual(['metadata', 'end']);
      expect(double.runs[0]?.state).toBe('ended');
      expect(double.memoryOf('flow', 'a').at(-1)?.content).toBe('one two three');
      expect(double.aborts).toEqual([expect.objectContaining({ flowId: 'flow', chatId: 'a' })]);
    });

    it('really stop as an AgentFlow v2, with an error and without a memory', async () => {
      define('agentflow2');
      const { frames } = await begin({ question: 'Hi', chatId: 'a' });
      await abort('a');
      const told = await rest(frames);
      expect(namesOf(told)).toEqual([
        'nextAgentFlow',
        'agentFlowExecutedData',
        'agentFlowEvent',
        'error',
        'end',
      ]);
      expect(told[0]?.data).toEqual({ nodeId: 'agentAgentflow_0', nodeLabel: 'Agent', status: 'TERMINATED' });
      expect(told[3]?.data).toBe('Error: predictionsServices.buildChatflow - Flow execution was cancelled');
      expect(double.runs[0]).toMatchObject({ state: 'aborted', answer: 'one' });
      expect(double.memoryOf('flow', 'a')).toEqual([]);
    });

    it('really stop as sequential agents, with `abort`, and remember the question', async () => {
      define('sequentialAgents');
      const { frames } = await begin({ question: 'Hi', chatId: 'a' });
      await abort('a');
      expect(namesOf(await rest(frames))).toEqual(['abort', 'metadata', 'end']);
      expect(double.runs[0]?.state).toBe('aborted');
      expect(double.memoryOf('flow', 'a').map(({ content }) => content)).toEqual(['Hi', '']);
    });

    it('leave no wait behind that takes a pass from another run', async () => {
      define('agentflow2');
      const { frames } = await begin({ question: 'Hi', chatId: 'a' });
      await abort('a');
      await rest(frames);
      const reading = ask(double, 'flow', { question: 'Hi', chatId: 'b' });
      gate.release(4);
      expect((await reading).text).toBe('one two three');
    });

    it('are named by flow and chat: another chat goes on, and a stop of nothing is fine too', async () => {
      define('agentflow2');
      const { frames } = await begin({ question: 'Hi', chatId: 'a' });
      expect((await abort('b')).status).toBe(200);
      gate.open();
      expect(namesOf(await rest(frames))).not.toContain('error');
    });

    it('may be answered otherwise', async () => {
      define('agentflow2');
      double.respondToAbortWith((response) => void response.writeHead(502).end());
      const { frames } = await begin({ question: 'Hi', chatId: 'a' });
      expect((await abort('a')).status).toBe(502);
      gate.open();
      expect(namesOf(await rest(frames))).not.toContain('error');
    });
  });

  it('that a delete overtakes are remembered behind it', async () => {
    define('chain');
    const { frames } = await begin({ question: 'Hi', chatId: 'a' });
    await call(double, 'DELETE', 'chatmessage/flow?sessionId=a');
    gate.open();
    await rest(frames);
    expect(double.memoryOf('flow', 'a')).toHaveLength(2);
  });

  it.each(['chain', 'sequentialAgents'] as const)(
    'end with the server, and remember nothing then: %s',
    async (kind) => {
      define(kind);
      const { frames } = await begin({ question: 'Hi', chatId: 'a' });
      const waiting = rest(frames).catch(() => 'broken');
      define('chain', { answer: () => new Promise(() => {}) });
      await open(double, 'flow', { question: 'Hi', chatId: 'b', ...session('s') });
      await double.close();
      expect(await waiting).toBe('broken');
      await double.whenIdle();
      expect(double.runs.map(({ state }) => state)).toEqual(['aborted', 'aborted']);
      expect(double.memoryOf('flow', 'a')).toEqual([]);
      await expect(fetch(double.url)).rejects.toThrow();
      double = await startFlowiseDouble();
    },
  );
});
