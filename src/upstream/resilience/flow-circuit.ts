import { AppError } from '../../platform/errors/app.error.js';
import type { Circuit, CircuitPass, Gatekeeper } from './circuit.js';
import type { FailingFlows } from './failing-flows.js';
import { countsAgainstServer, countsAgainstServerOfFlows, SeveralFlowsFailed } from './failure.policy.js';

/** A failure that leaves a server under the suspicion under which it was. */
const NOTHING_SHOWN = new Error('Nothing was shown');

/**
 * The way to one flow of a server: past the server's circuit, then past the flow's own. A flow that is broken leaves the others alone; several that
 * are broken at once are taken for the server.
 */
export class FlowCircuit implements Gatekeeper {
  /** @param name of the flow, among those of its server */
  constructor(
    private readonly server: Circuit,
    private readonly flow: Circuit,
    private readonly failing: FailingFlows,
    private readonly name: string,
  ) {}

  enter(): CircuitPass {
    // Looked at first, or the flow's circuit would take a call that is not made for one that tries.
    this.server.assertPassable();
    const flow = this.flow.enter();
    const server = this.server.enter();
    return {
      accepted: () => {
        this.failing.clear();
        flow.accepted();
        server.accepted();
      },
      succeeded: () => {
        this.failing.clear();
        flow.succeeded();
        server.succeeded();
      },
      failed: (error) => {
        flow.failed(error);
        server.failed(this.toServer(error));
      },
    };
  }

  /** What a failure of the flow is to its server. */
  private toServer(error: unknown): unknown {
    if (countsAgainstServerOfFlows(error) || !countsAgainstServer(error)) return error;
    const areSeveral = this.failing.failed(this.name);
    // One that is under suspicion already is cleared by any answer, be it one flow's failure.
    if (areSeveral && this.server.state === 'closed') return new SeveralFlowsFailed(error);
    // Silence is no answer: a server that was under suspicion stays so.
    return error instanceof AppError && error.code === 'upstream_timeout' ? NOTHING_SHOWN : error;
  }
}
