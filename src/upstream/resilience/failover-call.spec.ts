/** @jest-environment node */
import type { ProviderEvent } from '../../contract/chat-event.js';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import { collect, providerRequest } from '../../../test/support/upstream/provider-harness.js';
import { ChatProvider, type CallReach, type ProviderCall } from '../chat-provider.port.js';
import { Circuit } from './circuit.js';
import { FailoverCall, type FailoverOptions, type Route } from './failover-call.js';

type Batch = readonly ProviderEvent[];
/** What one attempt gives, and then throws if it throws. */
interface Script {
  readonly batches?: readonly Batch[];
  readonly error?: Error;
  /** `accepted` when absent. */
  readonly reach?: CallReach;
  readonly sawWork?: boolean;
}

/** Of a plain model, unless it may work. */
class ScriptedProvider extends ChatProvider {
  readonly name = 'flowise';
  readonly memory = 'kept';
  calls = 0;
  stops = 0;

  constructor(
    private readonly scripts: readonly Script[],
    private readonly works = false,
  ) {
    super();
  }

  override mayWork(): boolean {
    return this.works;
  }

  originOf(): string {
    return 'http://scripted';
  }

  call(): ProviderCall {
    const script = this.scripts[this.calls] ?? {};
    this.calls += 1;
    return {
      events: play(script),
      report: { repairedEvents: 1, droppedEvents: 2, unknownEvents: 3, sawWork: script.sawWork ?? false },
      reach: script.reach ?? 'accepted',
      runId: `run-${this.calls}`,
      stop: () => {
        this.stops += 1;
        return Promise.resolve({ acknowledged: true });
      },
    };
  }
}

async function* play({ batches = [], error }: Script): AsyncGenerator<Batch> {
  yield* batches;
  if (error !== undefined) throw error;
}

const text = (value: string): Batch => [{ type: 'text-delta', text: value }];
const progress: Batch = [{ type: 'upstream-event', native: { event: 'nextAgentFlow', data: {} } }];
const good: Script = { batches: [text('good')] };
const unavailable = errors.upstreamUnavailable();
const refusal = new AppError('upstream_failed', 'refused', { kind: 'operational' });

describe('FailoverCall', () => {
  let pauses: number[];
  let retried: number;
  let fallbacks: (AppError | undefined)[];

  beforeEach(() => {
    pauses = [];
    retried = 0;
    fallbacks = [];
  });

  function start(
    providers: readonly ChatProvider[],
    options: Partial<FailoverOptions> = {},
    circuit?: Circuit,
  ): FailoverCall {
    return new FailoverCall(routesTo(providers, circuit), {
      signal: new AbortController().signal,
      retries: 2,
      chunking: undefined,
      pauseBefore: (retry, retryAfterSeconds) => (retryAfterSeconds ?? 0) * 1000 + retry,
      pause: (milliseconds) => {
        pauses.push(milliseconds);
        return Promise.resolve();
      },
      onRetry: () => (retried += 1),
      onFallback: (_from, error) => fallbacks.push(error),
      ...options,
    });
  }

  async function* routesTo(providers: readonly ChatProvider[], circuit?: Circuit): AsyncGenerator<Route> {
    for (const provider of providers) yield { provider, request: providerRequest(), circuit };
  }

  it('gives the first attempt’s answer when it works, and asks for no other route', async () => {
    const [first, second] = [new ScriptedProvider([good]), new ScriptedProvider([good])];
    const call = start([first, second]);
    expect(await collect(call)).toMatchObject({ events: text('good'), error: undefined });
    expect([first.calls, second.calls]).toEqual([1, 0]);
    expect(call.report).toMatchObject({ retries: 0, fellBack: false });
  });

  it('repeats what is worth it, with growing pauses, and adds the reports up', async () => {
    const provider = new ScriptedProvider([{ error: unavailable }, { error: unavailable }, good]);
    const call = start([provider]);
    expect(await collect(call)).toMatchObject({ events: text('good'), error: undefined });
    expect(pauses).toEqual([1, 2]);
    expect(retried).toBe(2);
    expect(call.report).toEqual({
      repairedEvents: 3,
      droppedEvents: 6,
      unknownEvents: 9,
      retries: 2,
      fellBack: false,
      asked: ['flow-1'],
    });
    expect(call.runId).toBe('run-3');
  });

  it('repeats it twice, not more, and then fails with what the upstream failed with', async () => {
    const provider = new ScriptedProvider(Array.from({ length: 9 }, () => ({ error: unavailable })));
    expect((await collect(start([provider]))).error).toBe(unavailable);
    expect(provider.calls).toBe(3);
  });

  it('waits as long as the upstream asks', async () => {
    const busy = errors.upstreamUnavailable('busy', undefined, 7);
    await collect(start([new ScriptedProvider([{ error: busy }, good])]));
    expect(pauses).toEqual([7001]);
  });

  it.each([
    ['a refusal', refusal],
    ['a time-out', errors.upstreamTimeout()],
    ['a bug of ours', new TypeError('bug')],
  ])('does not repeat after %s', async (_name, error) => {
    const provider = new ScriptedProvider([{ error }, good]);
    expect((await collect(start([provider]))).error).toBe(error);
    expect(provider.calls).toBe(1);
  });

  it('does not repeat when the upstream asks for too long a pause', async () => {
    const provider = new ScriptedProvider([{ error: unavailable }, good]);
    const { error } = await collect(start([provider], { pauseBefore: () => undefined }));
    expect(error).toBe(unavailable);
  });

  it.each<[string, ProviderEvent]>([
    ['text', { type: 'text-delta', text: 'a' }],
    ['reasoning', { type: 'reasoning-delta', text: 'a' }],
    ['a tool call', { type: 'tool-call', toolCallId: '1', toolName: 't', input: {} }],
    ['sources', { type: 'sources', sources: [] }],
    ['a question to a human', { type: 'input-request', requestId: '1', prompt: '?' }],
  ])('never repeats or falls back after %s', async (_name, event) => {
    const first = new ScriptedProvider([{ batches: [[event]], error: unavailable }, good]);
    const second = new ScriptedProvider([good]);
    const { events, error } = await collect(start([first, second]));
    expect(events).toEqual([event]);
    expect(error).toBe(unavailable);
    expect([first.calls, second.calls]).toEqual([1, 0]);
  });

  it('shows progress at once, which does not keep it from repeating', async () => {
    const provider = new ScriptedProvider([{ batches: [progress], error: unavailable }, good]);
    expect((await collect(start([provider]))).events).toEqual([...progress, ...text('good')]);
  });

  describe('with a fallback', () => {
    it.each([
      ['cannot be reached, after the retries', unavailable, 3],
      ['refuses', refusal, 1],
      ['is too slow', errors.upstreamTimeout(), 1],
    ])('asks it when the first %s', async (_name, error, calls) => {
      const first = new ScriptedProvider(Array.from({ length: 9 }, () => ({ error })));
      const call = start([first, new ScriptedProvider([good])]);
      expect(await collect(call)).toMatchObject({ events: text('good'), error: undefined });
      expect(first.calls).toBe(calls);
      expect(fallbacks).toEqual([error]);
      expect(call.report.fellBack).toBe(true);
    });

    it('asks it when the first has nothing to say', async () => {
      const call = start([new ScriptedProvider([{ batches: [progress] }]), new ScriptedProvider([good])]);
      expect((await collect(call)).events).toEqual([...progress, ...text('good')]);
      expect(fallbacks).toEqual([undefined]);
    });

    it('gives it retries of its own, and fails with what the first failed with', async () => {
      const second = new ScriptedProvider(Array.from({ length: 9 }, () => ({ error: unavailable })));
      const call = start([new ScriptedProvider([{ error: refusal }]), second]);
      expect((await collect(call)).error).toBe(refusal);
      expect(second.calls).toBe(3);
      expect(call.report.retries).toBe(2);
    });

    it('goes to it at once while the circuit is open', async () => {
      const circuit = new Circuit();
      for (let failure = 0; failure < 10; failure += 1) {
        circuit.enter().failed(unavailable);
        await new Promise((resolve) => setImmediate(resolve));
      }
      const first = new ScriptedProvider([good]);
      const second = new ScriptedProvider([good]);
      const routes = [
        { provider: first, request: providerRequest(), circuit },
        { provider: second, request: providerRequest(), circuit: undefined },
      ];
      const call = start([]);
      Object.assign(call, { routes: routes.values() });
      expect((await collect(call)).events).toEqual(text('good'));
      expect([first.calls, second.calls, pauses.length]).toEqual([0, 1, 0]);
    });
  });

  describe('whose upstream may work', () => {
    const failing = (script: Script) => new ScriptedProvider([{ error: unavailable, ...script }, good], true);
    const outcome = async (first: ScriptedProvider, options: Partial<FailoverOptions> = {}) => {
      const second = new ScriptedProvider([good]);
      const { error } = await collect(start([first, second], options));
      return { repeated: first.calls > 1, replaced: second.calls > 0, error };
    };

    it.each<[CallReach, boolean]>([
      ['unsent', true],
      ['refused', true],
      ['unknown', false],
      ['accepted', false],
    ])('repeats a call whose request is %s: %s', async (reach, repeats) => {
      expect((await outcome(failing({ reach }))).repeated).toBe(repeats);
    });

    it.each<[CallReach, boolean, boolean]>([
      ['unsent', false, true],
      ['refused', false, true],
      ['unknown', false, false],
      ['accepted', false, true],
      ['accepted', true, false],
    ])('falls back when it is %s and work was seen (%s): %s', async (reach, sawWork, replaces) => {
      const { replaced, error } = await outcome(failing({ reach, sawWork }), { retries: 0 });
      expect(replaced).toBe(replaces);
      expect(error).toBe(replaces ? undefined : unavailable);
    });

    it('does not repeat a refusal that would be the same again, and falls back', async () => {
      const first = failing({ reach: 'refused', error: refusal });
      expect(await outcome(first)).toEqual({ repeated: false, replaced: true, error: undefined });
    });

    it.each([
      [false, true],
      [true, false],
    ])('falls back when it has nothing to say, unless it has worked (%s)', async (sawWork, replaces) => {
      const first = new ScriptedProvider([{ batches: [progress], sawWork }], true);
      expect(await outcome(first)).toEqual({ repeated: false, replaced: replaces, error: undefined });
    });
  });

  it('repeats and replaces a plain model’s call however far it has come', async () => {
    const scripts: Script[] = [
      { error: unavailable, reach: 'unknown', sawWork: true },
      { error: unavailable },
    ];
    const call = start([
      new ScriptedProvider([...scripts, { error: unavailable }]),
      new ScriptedProvider([good]),
    ]);
    expect((await collect(call)).error).toBeUndefined();
    expect(call.report).toMatchObject({ retries: 2, fellBack: true });
  });

  it('names the chatflows that may remember the question, the one that answers last', async () => {
    const scripts: [string, Script][] = [
      ['unsent', { error: refusal, reach: 'unsent' }],
      ['unknown', { error: refusal, reach: 'unknown' }],
      ['refused', { error: refusal, reach: 'refused' }],
      ['answering', good],
    ];
    async function* routes(): AsyncGenerator<Route> {
      for (const [chatflowId, script] of scripts) {
        const provider = new ScriptedProvider([script]);
        yield { provider, request: providerRequest({ chatflowId }), circuit: undefined };
      }
    }
    const call = start([]);
    expect(call.report.asked).toEqual([]);
    Object.assign(call, { routes: routes() });
    await collect(call);
    expect(call.report.asked).toEqual(['unknown', 'answering']);
  });

  it('counts as one failure of the server, whatever retries it took', async () => {
    const circuit = new Circuit();
    const failing = () => new ScriptedProvider(Array.from({ length: 3 }, () => ({ error: unavailable })));
    for (let turn = 0; turn < 9; turn += 1) await collect(start([failing()], {}, circuit));
    expect(circuit.state).toBe('closed');
    await collect(start([failing()], {}, circuit));
    await new Promise((resolve) => setImmediate(resolve));
    expect(circuit.state).toBe('open');
  });

  it('ends with the signal’s reason when that aborts in a pause, without another attempt', async () => {
    const controller = new AbortController();
    const provider = new ScriptedProvider([{ error: unavailable }, good]);
    const call = start([provider], {
      signal: controller.signal,
      pause: (_milliseconds, signal) => {
        controller.abort('stopped');
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        return Promise.reject(signal.reason);
      },
    });
    expect((await collect(call)).error).toBe('stopped');
    expect(provider.calls).toBe(1);
  });

  it('tells a failed attempt to stop before the next begins, and the running one when it is stopped', async () => {
    const provider = new ScriptedProvider([{ error: unavailable }, good]);
    const call = start([provider]);
    expect(await call.stop()).toEqual({ acknowledged: true });
    await call.next();
    expect(provider.stops).toBe(1);
    await call.stop();
    expect(provider.stops).toBe(2);
  });

  it('leaves a half-open circuit open when its reader leaves before there is an answer', async () => {
    const circuit = new Circuit({ pauseMs: 0 });
    for (let failure = 0; failure < 10; failure += 1) {
      circuit.enter().failed(unavailable);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const call = start([new ScriptedProvider([{ batches: [progress, text('late')] }])], {}, circuit);
    await call.next();
    expect(circuit.state).toBe('half-open');
    await call.return();
    await new Promise((resolve) => setImmediate(resolve));
    expect(circuit.state).toBe('open');
  });

  it('refuses input when the attempt does not take any', async () => {
    const call = start([new ScriptedProvider([good])]);
    await call.next();
    await expect(call.provideInput({ action: 'proceed' })).rejects.toMatchObject({ code: 'conflict' });
  });
});
