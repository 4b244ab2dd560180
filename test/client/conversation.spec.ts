import { TollgateClient } from '@tollgate/client';
import { Conversation, type ConversationState } from '../../packages/client/src/react/conversation.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { startFlowiseDouble } from '../support/upstream/flowise-double/flowise-double.js';
import { startFlowiseReplay, type FlowiseReplay } from '../support/upstream/flowise-replay.js';
import { Gate } from '../support/upstream/gate.js';

/** A `localStorage` for two tabs. */
class TestStorage {
  private readonly values = new Map<string, string>();
  getItem = (key: string): string | null => this.values.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.values.set(key, value);
  removeItem = (key: string): void => void this.values.delete(key);
}

describe('A conversation against the real server', () => {
  let replay: FlowiseReplay;
  let server: TestServer;
  let client: TollgateClient;
  let gate: Gate;
  const open: Conversation[] = [];

  beforeAll(async () => {
    replay = await startFlowiseReplay();
    server = await startTestServer({ FLOWISE_API_URL: replay.url });
    const admin = await server.admin();
    await server.request
      .put('/chatflows/gated')
      .auth(admin.token, { type: 'bearer' })
      .send({
        name: 'Gated',
        provider: 'flowise',
        upstream: { flowId: 'gated' },
        price: { credits: 1 },
        access: { public: true },
      })
      .expect(201);
  });
  afterAll(async () => {
    await server.close();
    await replay.close();
  });
  beforeEach(async () => {
    gate = new Gate();
    replay.respondWith(flowise.gated(gate, 'a', 'b', 'c'), 'gated');
    client = new TollgateClient({ baseUrl: server.url, accessToken: (await server.registerUser()).token });
  });
  afterEach(() => {
    gate.open();
    for (const conversation of open.splice(0)) conversation.close();
  });

  function start(storage = new TestStorage()): Conversation {
    const conversation = new Conversation({ client, chatflowId: 'gated', storage });
    open.push(conversation);
    return conversation;
  }
  function until(
    conversation: Conversation,
    holds: (state: ConversationState) => boolean,
  ): Promise<ConversationState> {
    return new Promise((resolve) => {
      const look = (): void => {
        const state = conversation.getState();
        if (!holds(state)) return;
        unsubscribe();
        resolve(state);
      };
      const unsubscribe = conversation.subscribe(look);
      look();
    });
  }
  const shown = ({ messages }: ConversationState) =>
    messages.map(({ role, content, status }) => `${role}: ${content} (${status})`);
  const isSettled = ({ isLoading, messages }: ConversationState) => !isLoading && messages.length > 0;

  it('shows question and answer, and ignores a question while one is answered', async () => {
    const conversation = start();
    conversation.sendMessage('one');
    conversation.sendMessage('two');
    gate.open();
    const state = await until(conversation, isSettled);
    expect(shown(state)).toEqual(['user: one (completed)', 'assistant: abc (completed)']);
    expect(state.messages[1]?.charged).toBe(1);
    expect(state.conversationId).toBeDefined();
  });

  it('is followed by another tab, question and all', async () => {
    const storage = new TestStorage();
    const first = start(storage);
    first.sendMessage('one');
    gate.release();
    const { conversationId } = await until(first, ({ messages }) => messages[1]?.content === 'a');
    const second = start(storage);
    await second.open(conversationId);
    expect(shown(await until(second, ({ messages }) => messages[1]?.content === 'a'))).toEqual([
      'user: one (completed)',
      'assistant: a (streaming)',
    ]);
    gate.open();
    const [one, two] = await Promise.all([until(first, isSettled), until(second, isSettled)]);
    expect(shown(one)).toEqual(shown(two));
  });

  it('gives way to the turn of another tab, and says so', async () => {
    const storage = new TestStorage();
    const first = start(storage);
    first.sendMessage('one');
    gate.open();
    const { conversationId } = await until(first, isSettled);
    const second = start(storage);
    await second.open(conversationId);
    gate = new Gate();
    replay.respondWith(flowise.gated(gate, 'a', 'b', 'c'), 'gated');
    first.sendMessage('two');
    gate.release();
    await until(first, ({ messages }) => messages[3]?.content === 'a');
    second.sendMessage('three');
    const state = await until(second, ({ messages }) => messages[3]?.content === 'a');
    expect(state.error?.code).toBe('turn_in_progress');
    expect(shown(state).slice(2)).toEqual(['user: two (completed)', 'assistant: a (streaming)']);
  });

  it('stops, keeps what had come, and tells what it cost', async () => {
    const conversation = start();
    conversation.sendMessage('one');
    gate.release(2);
    await until(conversation, ({ messages }) => messages[1]?.content === 'ab');
    await conversation.stopGeneration();
    const state = await until(conversation, ({ messages }) => messages[1]?.charged !== undefined);
    expect(shown(state)[1]).toBe('assistant: ab (stopped)');
    expect(state.messages[1]?.charged).toBe(1);
  });

  it('asks again after a failure in place of what failed', async () => {
    replay.respondWith(flowise.status(400), 'gated');
    const conversation = start();
    conversation.sendMessage('one');
    const failed = await until(conversation, isSettled);
    expect(shown(failed)).toEqual(['user: one (completed)', 'assistant:  (failed)']);
    expect(failed.error?.code).toBe('upstream_failed');
    replay.respondWith(flowise.tokens('yes'), 'gated');
    conversation.retry();
    expect(shown(await until(conversation, isSettled))).toEqual([
      'user: one (completed)',
      'assistant: yes (completed)',
    ]);
  });

  it('asks its own chatflow, whatever is chosen for new ones meanwhile', async () => {
    const first = start();
    replay.respondWith(flowise.tokens('yes'), 'gated');
    first.sendMessage('one');
    const { conversationId } = await until(first, isSettled);
    const reopened = start();
    reopened.options = { ...reopened.options, chatflowId: 'assistant' };
    await reopened.open(conversationId);
    reopened.sendMessage('two');
    const state = await until(reopened, ({ messages, isLoading }) => messages.length === 4 && !isLoading);
    expect(state.chatflowId).toBe('gated');
    expect(state.messages[3]?.content).toBe('yes');
  });

  it('has branches: another wording, another answer, and the way back', async () => {
    const conversation = start();
    const isDone =
      (content: string) =>
      ({ messages, isLoading }: ConversationState) =>
        messages.at(-1)?.content === content && !isLoading && messages[0]?.messageId !== undefined;
    replay.respondWith(flowise.tokens('first'), 'gated');
    conversation.sendMessage('one');
    const asked = await until(conversation, isSettled);
    replay.respondWith(flowise.tokens('second'), 'gated');
    conversation.edit(asked.messages[0]?.id ?? '', 'one, in other words');
    const edited = await until(conversation, isDone('second'));
    expect(edited.messages[0]?.siblings).toMatchObject({ index: 2, count: 2 });
    replay.respondWith(flowise.tokens('third'), 'gated');
    conversation.regenerate(edited.messages[1]?.id ?? '');
    const again = await until(conversation, isDone('third'));
    expect(shown(again)).toEqual(['user: one, in other words (completed)', 'assistant: third (completed)']);
    expect(again.messages[0]?.siblings).toMatchObject({ index: 3, count: 3 });
    await conversation.showBranch(asked.messages[1]?.messageId ?? again.messages[0]?.siblings?.previousId);
    expect(shown(conversation.getState())[0]).toBe('user: one (completed)');
  });

  it('shows what failed after a reload, where it happened', async () => {
    const conversation = start();
    replay.respondWith(flowise.reset('half'), 'gated');
    conversation.sendMessage('one');
    const { conversationId } = await until(conversation, isSettled);
    replay.respondWith(flowise.tokens('yes'), 'gated');
    conversation.sendMessage('two');
    await until(conversation, ({ messages, isLoading }) => messages.length === 4 && !isLoading);
    replay.respondWith(flowise.status(400), 'gated');
    conversation.sendMessage('three');
    await until(conversation, ({ messages, isLoading }) => messages.length === 6 && !isLoading);
    const reloaded = start();
    await reloaded.open(conversationId);
    expect(shown(reloaded.getState())).toEqual([
      'user: one (completed)',
      'assistant: half (failed)',
      'user: two (completed)',
      'assistant: yes (completed)',
      'user: three (completed)',
      'assistant:  (failed)',
    ]);
    expect(reloaded.getState().messages[1]?.error?.code).toBe('upstream_failed');
  });

  it('does not ask again what was answered while the agent works on', async () => {
    const double = await startFlowiseDouble();
    try {
      double.defineFlow('agent', {
        kind: 'humanInput',
        gate: ({ humanInput }) => (humanInput === undefined ? undefined : gate),
      });
      const { token } = await server.admin();
      await server.request
        .put('/chatflows/agent')
        .auth(token, { type: 'bearer' })
        .send({
          name: 'Agent',
          provider: 'flowise',
          price: { credits: 1 },
          access: { public: true },
          upstream: { flowId: 'agent', baseUrl: double.url },
          inputWaitSeconds: 60,
        })
        .expect(201);
      const conversation = start();
      conversation.options = { ...conversation.options, chatflowId: 'agent' };
      conversation.sendMessage('6*7?');
      const asking = await until(conversation, ({ messages }) => messages[1]?.inputRequest !== undefined);
      const calls = asking.messages[1]?.toolCalls.length ?? 0;
      await conversation.answer({ type: 'proceed' });
      // It tells of its tools before it says anything.
      const working = await until(
        conversation,
        ({ messages }) => (messages[1]?.toolCalls.length ?? 0) > calls,
      );
      expect(working.messages[1]?.inputRequest).toBeUndefined();
      gate.open();
      const { messages } = await until(conversation, isSettled);
      expect(messages[1]).toMatchObject({ status: 'completed', charged: 1 });
      expect(messages[1]?.inputRequest).toBeUndefined();
    } finally {
      await double.close();
    }
  });

  it('says that a conversation does not exist', async () => {
    const conversation = start();
    await conversation.open('nothing');
    expect(conversation.getState()).toMatchObject({ isRestoring: false, error: { code: 'not_found' } });
  });
});
