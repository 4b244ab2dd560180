/** @jest-environment node */
import { MemoryTaskStore } from '../../../test/support/upstream/memory-task.store.js';
import { collect, providerRequest, upstreamConfig } from '../../../test/support/upstream/provider-harness.js';
import { textOf } from '../../../test/support/upstream/flowise-fixtures.js';
import { Gate } from '../../../test/support/upstream/gate.js';
import { AssistantProvider } from './assistant.provider.js';
import type { Task } from '../../tools/todo/task.js';
import type { TaskStore } from '../../tools/todo/task.store.port.js';

const provider = (store: TaskStore, assistantDelayMs = 0) =>
  new AssistantProvider(store, upstreamConfig({ assistantDelayMs }));
const never = () => new AbortController().signal;

describe('the built-in assistant', () => {
  let store: TaskStore;
  beforeEach(() => {
    store = new MemoryTaskStore();
  });

  const ask = async (question: string, userId = 'ada') => {
    const { events, error } = await collect(
      provider(store).call(providerRequest({ question, userId }), never()),
    );
    expect(error).toBeUndefined();
    return { events, text: textOf(events) };
  };

  it('shows the tool it uses and what came of it, then answers', async () => {
    const { events } = await ask('add a task to buy milk');
    const call = { toolCallId: 'call_1', toolName: 'add_task', input: { title: 'buy milk' } };
    const task = { number: 1, title: 'buy milk', done: false };
    expect(events.slice(0, 2)).toEqual([
      { type: 'tool-call', ...call },
      { type: 'tool-result', ...call, output: { result: 'added', task } },
    ]);
    expect(textOf(events.slice(2))).toBe('Added task 1, "buy milk".');
  });

  it('keeps a list through a conversation', async () => {
    await ask('add buy milk');
    await ask('remind me to call the dentist');
    await ask('add call Bob');
    expect((await ask('what are my tasks?')).text).toBe(
      'You have 3 open tasks:\n- 1: buy milk\n- 2: call the dentist\n- 3: call Bob',
    );
    expect((await ask('I finished buying milk')).text).toBe('Well done! Task 1, "buy milk" is completed.');
    expect((await ask('mark 1 as done')).text).toBe('Task 1, "buy milk" was completed already.');
    expect((await ask('complete the milk task')).text).toBe('Task 1, "buy milk" was completed already.');
    expect((await ask('delete call')).text).toBe(
      'Several tasks fit. Which one do you mean? Name its number:\n- 2: call the dentist\n- 3: call Bob',
    );
    expect((await ask('delete task 3')).text).toBe('Removed task 3, "call Bob".');
    expect((await ask('complete task 3')).text).toContain('no such task');
    expect((await ask('show everything')).text).toBe(
      'You have 2 tasks, 1 of them done:\n- 1: buy milk (done)\n- 2: call the dentist',
    );
    expect((await ask('show completed tasks')).text).toBe('You have completed 1 task:\n- 1: buy milk');
    expect((await ask('add sleep')).text).toContain('task 4');
  });

  it('prefers the open one of two tasks of the same name when one is done', async () => {
    await ask('add buy milk');
    await ask('complete 1');
    await ask('add buy milk');
    expect((await ask('I finished buy milk')).text).toContain('Task 2, "buy milk" is completed');
  });

  it('keeps users apart', async () => {
    await ask('add buy milk', 'ada');
    expect((await ask('list', 'bob')).text).toContain('empty');
    expect((await ask('delete 1', 'bob')).text).toContain('no such task');
    expect((await ask('list', 'ada')).text).toContain('buy milk');
  });

  it.each([
    ['add a task', 'What should I add?'],
    ['complete a task', 'Which task is done?'],
    ['remove', 'Which task should I remove?'],
    ['hello', 'Hello!'],
    ['thanks', 'welcome'],
    ['the weather is nice', 'did not understand'],
  ])('answers %j without a tool', async (question, part) => {
    const { events, text } = await ask(question);
    expect(text).toContain(part);
    expect(events.every(({ type }) => type === 'text-delta')).toBe(true);
  });

  it('gives a longer answer when asked for help', async () => {
    const { events, text } = await ask('help');
    expect(events[0]).toMatchObject({ type: 'tool-call', toolName: 'help' });
    expect(text.split(' ').length).toBeGreaterThan(100);
  });

  it('says what is wrong with a title that is too long, and when the list is full', async () => {
    expect((await ask(`add ${'x'.repeat(201)}`)).text).toContain('too long');
    for (let index = 0; index < 500; index += 1) await store.add('ada', 't');
    expect((await ask('add one more')).text).toContain('full');
    expect(await store.list('ada')).toHaveLength(500);
  });

  it('sends single words when there is a delay, larger chunks when there is none', async () => {
    const slow = await collect(provider(store, 1).call(providerRequest({ question: 'hello' }), never()));
    const fast = await collect(provider(store).call(providerRequest({ question: 'hello' }), never()));
    const text = textOf(fast.events);
    expect(textOf(slow.events)).toBe(text);
    expect(slow.batches).toHaveLength(text.split(' ').length);
    expect(fast.batches.length).toBeLessThan(slow.batches.length / 4);
    expect(slow.batches.every((batch) => batch.length === 1)).toBe(true);
  });

  describe('when the signal aborts', () => {
    it('throws its reason before anything is done', async () => {
      const call = provider(store).call(providerRequest({ question: 'add x' }), AbortSignal.abort('stopped'));
      const { error, events } = await collect(call);
      expect(error).toBe('stopped');
      expect(events).toEqual([]);
      expect(await store.list('user-1')).toEqual([]);
    });

    it('throws its reason while a word is due', async () => {
      const controller = new AbortController();
      const call = provider(store, 3_600_000).call(providerRequest({ question: 'hello' }), controller.signal);
      const next = call.events[Symbol.asyncIterator]().next();
      controller.abort('stopped');
      await expect(next).rejects.toBe('stopped');
      await expect(call.stop()).resolves.toEqual({ acknowledged: true });
    });

    it('throws its reason while a tool runs', async () => {
      const gate = new Gate();
      class SlowStore extends MemoryTaskStore {
        override async list(userId: string): Promise<readonly Task[]> {
          await gate.wait();
          return super.list(userId);
        }
      }
      const controller = new AbortController();
      const call = provider(new SlowStore()).call(providerRequest({ question: 'list' }), controller.signal);
      const events = call.events[Symbol.asyncIterator]();
      await events.next();
      const next = events.next();
      controller.abort('stopped');
      await expect(next).rejects.toBe('stopped');
      gate.open();
    });
  });

  it('begins no tool after a stop, and takes what a tool fails with after one', async () => {
    let begun = 0;
    const gate = new Gate();
    class LateStore extends MemoryTaskStore {
      override async list(): Promise<never> {
        begun += 1;
        await gate.wait();
        throw new Error('after the stop');
      }
    }
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const stopAt = async (
      stop: (controller: AbortController, next: () => Promise<unknown>) => Promise<unknown>,
    ) => {
      const controller = new AbortController();
      const call = provider(new LateStore()).call(providerRequest({ question: 'list' }), controller.signal);
      const events = call.events[Symbol.asyncIterator]();
      await events.next();
      await expect(stop(controller, () => events.next())).rejects.toBe('stopped');
    };
    await stopAt((controller, next) => {
      controller.abort('stopped');
      return next();
    });
    expect(begun).toBe(0);
    await stopAt((controller, next) => {
      const running = next();
      controller.abort('stopped');
      return running;
    });
    expect(begun).toBe(1);
    gate.open();
    // Node tells of unhandled rejections before the next turn of its loop.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('fails without internals when its tasks cannot be reached', async () => {
    class BrokenStore extends MemoryTaskStore {
      override list(): Promise<never> {
        return Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1'));
      }
    }
    const call = provider(new BrokenStore()).call(providerRequest({ question: 'list' }), never());
    const { error } = await collect(call);
    expect(error).toMatchObject({
      code: 'upstream_failed',
      publicMessage: 'The assistant could not reach its tasks.',
    });
  });
});
