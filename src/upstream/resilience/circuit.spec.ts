import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import { HttpStatusError } from '../http/http-status.error.js';
import {
  Circuit,
  FAILURES_TO_OPEN,
  FAILURES_TO_REOPEN,
  MAX_PROBES,
  type CircuitPass,
  type CircuitState,
} from './circuit.js';
import { FailingFlows, FLOWS_TO_SUSPECT, FLOWS_WINDOW_MS } from './failing-flows.js';
import { countsAgainstServerOfFlows } from './failure.policy.js';
import { FlowCircuit } from './flow-circuit.js';

const FAILURES = FAILURES_TO_OPEN;
/** An open circuit may be tried at once. */
const NO_PAUSE = { pauseMs: 0 };
const OF_FLOWS = { counts: countsAgainstServerOfFlows };
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function fail(circuit: Circuit, error: unknown, times: number): Promise<void> {
  for (let call = 0; call < times; call += 1) {
    circuit.enter().failed(error);
    await settle();
  }
}

describe('Circuit', () => {
  const refused = errors.upstreamUnavailable();
  const serverError = errors.upstreamFailed(undefined, new HttpStatusError(500, 'x'));

  it.each([
    ['connections that are refused', refused],
    ['time-outs', errors.upstreamTimeout()],
    ['server errors', serverError],
  ])('opens after %s in a row, and lets nothing through then', async (_name, error) => {
    const changes: CircuitState[] = [];
    const circuit = new Circuit({ onChange: (state) => changes.push(state) });
    await fail(circuit, error, FAILURES - 1);
    expect(circuit.state).toBe('closed');
    await fail(circuit, error, 1);
    expect(circuit.state).toBe('open');
    expect(() => circuit.enter()).toThrow(expect.objectContaining({ code: 'upstream_unavailable' }));
    expect(changes).toEqual(['open']);
  });

  it.each([
    ['an error inside an answer', errors.upstreamFailed()],
    ['a refused request', errors.upstreamFailed(undefined, new HttpStatusError(400, 'x'))],
    ['an upstream that is not set up', new AppError('upstream_unavailable', 'x', { kind: 'operational' })],
    ['a turn that was stopped', new Error('stopped')],
  ])('stays closed whatever number of times there is %s', async (_name, error) => {
    const circuit = new Circuit();
    await fail(circuit, error, FAILURES * 2);
    expect(circuit.state).toBe('closed');
  });

  it.each([
    ['a flow’s server error', serverError, 'closed'],
    ['a flow that never answers', errors.upstreamTimeout(), 'closed'],
    ['no connection', refused, 'open'],
    ['a server that is full', errors.upstreamUnavailable('x', new HttpStatusError(503, 'x')), 'open'],
    ['a gateway without a server', errors.upstreamFailed(undefined, new HttpStatusError(502, 'x')), 'open'],
    [
      'a gateway that waits in vain',
      errors.upstreamFailed(undefined, new HttpStatusError(504, 'x')),
      'closed',
    ],
  ])('of a server of flows has this of %s: %s', async (_name, error, state) => {
    const circuit = new Circuit(OF_FLOWS);
    const flow = new Circuit();
    const failing = new FailingFlows();
    const other = new FlowCircuit(circuit, new Circuit(), failing, 'other');
    for (let call = 0; call < FAILURES; call += 1) {
      new FlowCircuit(circuit, flow, failing, 'flow').enter().failed(error);
      await settle();
    }
    expect([circuit.state, flow.state]).toEqual([state, 'open']);
    expect(() => new FlowCircuit(circuit, flow, failing, 'flow').enter()).toThrow('upstream');
    if (state === 'closed') other.enter().succeeded();
    else expect(() => other.enter()).toThrow('upstream');
  });

  it('of a server of flows stays under suspicion by a flow’s silence, and not by its answer', async () => {
    for (const [error, state] of [
      [errors.upstreamTimeout(), 'open'],
      [serverError, 'closed'],
    ] as const) {
      const circuit = new Circuit({ ...OF_FLOWS, ...NO_PAUSE });
      await fail(circuit, refused, FAILURES);
      new FlowCircuit(circuit, new Circuit(), new FailingFlows(), 'flow').enter().failed(error);
      await settle();
      expect(circuit.state).toBe(state);
    }
  });

  it('counts failures in a row only', async () => {
    const circuit = new Circuit();
    for (let round = 0; round < 3; round += 1) {
      await fail(circuit, refused, FAILURES - 1);
      circuit.enter().succeeded();
      await settle();
    }
    expect(circuit.state).toBe('closed');
  });

  describe('after its pause', () => {
    let circuit: Circuit;
    beforeEach(async () => {
      circuit = new Circuit(NO_PAUSE);
      await fail(circuit, refused, FAILURES);
      expect(circuit.state).toBe('open');
    });

    it('lets a few calls through to try, and closes when one succeeds', () => {
      const passes = Array.from({ length: MAX_PROBES }, () => circuit.enter());
      expect(circuit.state).toBe('half-open');
      expect(() => circuit.enter()).toThrow(expect.objectContaining({ code: 'upstream_unavailable' }));
      passes[1]?.succeeded();
      expect(circuit.state).toBe('closed');
      circuit.enter().succeeded();
    });

    it('closes with an accepted response, long before that is answered', () => {
      const pass = circuit.enter();
      pass.accepted();
      expect(circuit.state).toBe('closed');
      for (let call = 0; call < FAILURES; call += 1) circuit.enter();
      pass.succeeded();
      expect(circuit.view).toMatchObject({ state: 'closed', failures: 0 });
    });

    it('opens sooner again where calls are accepted and none is answered', async () => {
      const pass = circuit.enter();
      pass.accepted();
      pass.failed(errors.upstreamTimeout());
      await fail(circuit, errors.upstreamTimeout(), FAILURES_TO_REOPEN - 2);
      expect(circuit.state).toBe('closed');
      await fail(circuit, errors.upstreamTimeout(), 1);
      expect(circuit.state).toBe('open');
    });

    it('opens with the first try that fails, whatever comes of the others', () => {
      const [first, second, third] = Array.from({ length: MAX_PROBES }, () => circuit.enter());
      first?.failed(refused);
      expect(circuit.state).toBe('open');
      second?.accepted();
      third?.succeeded();
      expect(circuit.state).toBe('open');
    });

    it('goes on trying while one of the tries is not given up', () => {
      const passes = Array.from({ length: MAX_PROBES }, () => circuit.enter());
      for (const pass of passes.slice(1)) pass.failed(new Error('stopped'));
      expect(circuit.state).toBe('half-open');
      passes[0]?.accepted();
      expect(circuit.state).toBe('closed');
    });

    it('counts nothing of calls that were let through before it opened', async () => {
      const closed = new Circuit(NO_PAUSE);
      const early: CircuitPass[] = Array.from({ length: FAILURES * 2 }, () => closed.enter());
      await fail(closed, refused, FAILURES);
      closed.enter().succeeded();
      expect(closed.state).toBe('closed');
      for (const pass of early) pass.failed(refused);
      expect(closed.view).toMatchObject({ state: 'closed', failures: 0 });
    });

    it('is open for longer each time, and says until when', async () => {
      const slow = new Circuit({ pauseMs: 1000 });
      const before = Date.now();
      await fail(slow, refused, FAILURES);
      const { since, nextProbeAt = 0, failures } = slow.view;
      expect(failures).toBe(FAILURES);
      expect(nextProbeAt - since).toBeGreaterThanOrEqual(499);
      expect(nextProbeAt - since).toBeLessThanOrEqual(1001);
      expect(since).toBeGreaterThan(before - 60_000);
      expect(() => slow.enter()).toThrow(expect.objectContaining({ retryAfterSeconds: 1 }));
    });

    it.each([
      ['fails', refused],
      ['is given up', new Error('stopped')],
    ])('stays open when the try %s', async (_name, error) => {
      circuit.enter().failed(error);
      await settle();
      expect(circuit.state).toBe('open');
    });

    it('closes when the try is answered, if only by a refusal', async () => {
      circuit.enter().failed(errors.upstreamFailed(undefined, new HttpStatusError(401, 'x')));
      await settle();
      expect(circuit.state).toBe('closed');
    });
  });
});

describe('several flows of a server that fail at once', () => {
  const serverError = errors.upstreamFailed(undefined, new HttpStatusError(500, 'x'));
  let server: Circuit;
  let failing: FailingFlows;
  beforeEach(() => {
    server = new Circuit(OF_FLOWS);
    failing = new FailingFlows();
  });
  const flow = (name: string) => new FlowCircuit(server, new Circuit(), failing, name);
  const failEach = (names: readonly string[], times: number) => {
    for (let turn = 0; turn < times; turn += 1)
      for (const name of names) if (server.state === 'closed') flow(name).enter().failed(serverError);
  };
  const flows = Array.from({ length: FLOWS_TO_SUSPECT }, (_, index) => `flow-${index}`);

  it('count for the server', () => {
    failEach(flows, FAILURES);
    expect(server.state).toBe('open');
    expect(() => flow('another').enter()).toThrow('upstream');
  });

  it('do not where they are less', () => {
    failEach(flows.slice(1), FAILURES * 2);
    expect(server.view).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('do not while the server accepts calls of another', () => {
    for (let turn = 0; turn < FAILURES * 2; turn += 1) {
      failEach(flows.slice(1), 1);
      flow('another').enter().accepted();
    }
    expect(server.state).toBe('closed');
  });

  it('are those of the last minute, and never more than are needed', () => {
    let now = 0;
    const few = new FailingFlows(() => now);
    const seen = [few.failed('a'), few.failed('b')];
    now = FLOWS_WINDOW_MS + 1;
    seen.push(few.failed('c'), few.failed('c'), few.failed('d'), few.failed('a'), few.failed('e'));
    expect(seen).toEqual([false, false, false, false, false, true, true]);
  });
});
