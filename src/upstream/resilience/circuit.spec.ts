import { AppError } from '../../platform/errors/app-error.js';
import { errors } from '../../platform/errors/errors.js';
import { HttpStatusError } from '../http/http-status-error.js';
import { Circuit, type CircuitState } from './circuit.js';
import { countsAgainstServerOfFlows } from './failure.policy.js';
import { FlowCircuit } from './flow-circuit.js';

const FAILURES = 10;
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
    const circuit = new Circuit((state) => changes.push(state));
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
    const circuit = new Circuit(undefined, undefined, countsAgainstServerOfFlows);
    const flow = new Circuit();
    const other = new FlowCircuit(circuit, new Circuit());
    for (let call = 0; call < FAILURES; call += 1) {
      new FlowCircuit(circuit, flow).enter().failed(error);
      await settle();
    }
    expect([circuit.state, flow.state]).toEqual([state, 'open']);
    expect(() => new FlowCircuit(circuit, flow).enter()).toThrow('upstream');
    if (state === 'closed') other.enter().succeeded();
    else expect(() => other.enter()).toThrow('upstream');
  });

  it('of a server of flows stays under suspicion by a flow’s silence, and not by its answer', async () => {
    for (const [error, state] of [
      [errors.upstreamTimeout(), 'open'],
      [serverError, 'closed'],
    ] as const) {
      const circuit = new Circuit(undefined, 0, countsAgainstServerOfFlows);
      await fail(circuit, refused, FAILURES);
      new FlowCircuit(circuit, new Circuit()).enter().failed(error);
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
    const NO_PAUSE_MS = 0;
    let circuit: Circuit;
    beforeEach(async () => {
      circuit = new Circuit(undefined, NO_PAUSE_MS);
      await fail(circuit, refused, FAILURES);
      expect(circuit.state).toBe('open');
    });

    it('lets one call through to try, and closes when that succeeds', async () => {
      const pass = circuit.enter();
      expect(circuit.state).toBe('half-open');
      expect(() => circuit.enter()).toThrow(expect.objectContaining({ code: 'upstream_unavailable' }));
      pass.succeeded();
      await settle();
      expect(circuit.state).toBe('closed');
      circuit.enter().succeeded();
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
