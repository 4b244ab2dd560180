import type { ChatProvider } from '../../src/upstream/chat-provider.port.js';
import { errors } from '../../src/platform/errors/errors.js';
import { FlowiseProvider } from '../../src/upstream/flowise/flowise.provider.js';
import { UpstreamAgent } from '../../src/upstream/http/upstream-agent.service.js';
import { UpstreamHttp } from '../../src/upstream/http/upstream-http.service.js';
import { OpenAiProvider } from '../../src/upstream/openai/openai.provider.js';
import { Circuit, FAILURES_TO_OPEN, type CircuitState } from '../../src/upstream/resilience/circuit.js';
import { FailoverCall } from '../../src/upstream/resilience/failover-call.js';
import { StormProvider } from '../../src/upstream/storm/storm.provider.js';
import { upstream } from '../support/upstream/behaviours.js';
import { Gate } from '../support/upstream/gate.js';
import { MemoryTaskStore } from '../support/upstream/memory-task.store.js';
import { providerRequest, upstreamConfig } from '../support/upstream/provider-harness.js';
import { startReplayServer, type ReplayServer } from '../support/upstream/replay-server.js';
import { NoTracing } from '../../src/platform/tracing/no-tracing.js';

/** Each provider in front of this server. */
const providers = {
  flowise: (url: string, agent: UpstreamAgent): ChatProvider => {
    const config = upstreamConfig({ flowise: { url, apiKey: 'key' } });
    return new FlowiseProvider(config, agent, new UpstreamHttp(agent, config, new NoTracing()));
  },
  storm: (url: string, agent: UpstreamAgent): ChatProvider => {
    const config = upstreamConfig({ storm: { url, apiKey: 'key' } });
    return new StormProvider(config, new UpstreamHttp(agent, config, new NoTracing()));
  },
  openai: (url: string, agent: UpstreamAgent): ChatProvider => {
    const config = upstreamConfig({ openai: { url: `${url}/v1`, apiKey: 'key', model: 'model' } });
    return new OpenAiProvider(
      config,
      new UpstreamHttp(agent, config, new NoTracing()),
      new MemoryTaskStore(),
    );
  },
};

describe.each(Object.entries(providers))('the circuit of a %s server that may work again', (_name, make) => {
  let server: ReplayServer;
  let agent: UpstreamAgent;
  let circuit: Circuit;
  let leave: AbortController;
  let onChange: (state: CircuitState) => void;

  beforeEach(async () => {
    server = await startReplayServer();
    agent = new UpstreamAgent();
    leave = new AbortController();
    onChange = () => undefined;
    circuit = new Circuit({ pauseMs: 0, onChange: (state) => onChange(state) });
    for (let failure = 0; failure < FAILURES_TO_OPEN; failure += 1)
      circuit.enter().failed(errors.upstreamUnavailable());
    expect(circuit.state).toBe('open');
  });
  afterEach(async () => {
    leave.abort();
    await agent.onApplicationShutdown();
    await server.close();
  });

  const ask = () => {
    const provider = make(server.url, agent);
    const route = { provider, request: providerRequest({ target: { flowId: 'flow' } }), circuit };
    const routes = (async function* () {
      yield route;
    })();
    return new FailoverCall(routes, {
      signal: leave.signal,
      retries: 0,
      chunking: undefined,
      pauseBefore: () => undefined,
      pause: () => Promise.resolve(),
      onRetry: () => undefined,
      onFallback: () => undefined,
    });
  };

  it('is closed by the headers of an answer of which nothing was said yet', async () => {
    // Nobody ever gives a pass.
    server.respondWith(upstream.gated(new Gate(), 'late'));
    const closed = new Promise<CircuitState>((resolve) => {
      onChange = (state) => {
        if (state !== 'half-open') resolve(state);
      };
    });
    const step = ask()
      .next()
      .catch((error: unknown) => error);
    expect(await closed).toBe('closed');
    circuit.enter().succeeded();
    leave.abort(new Error('stopped'));
    expect(await step).toMatchObject({ message: 'stopped' });
    expect(circuit.state).toBe('closed');
  });

  it('is not closed by an HTTP 503', async () => {
    server.respondWith(upstream.status(503));
    await expect(ask().next()).rejects.toMatchObject({ code: 'upstream_unavailable' });
    expect(circuit.state).toBe('open');
  });
});
