import { AppError } from '../../platform/errors/app-error.js';
import type { Circuit, CircuitPass, Gatekeeper } from './circuit.js';

/** A call that was let through by one circuit and not made because of the other. */
const NOT_MADE = new Error('The call was not made');

/** The way to one flow of a server: past the flow's own circuit, then past the server's. A flow that is broken leaves the others alone. */
export class FlowCircuit implements Gatekeeper {
  constructor(
    private readonly server: Circuit,
    private readonly flow: Circuit,
  ) {}

  enter(): CircuitPass {
    const flow = this.flow.enter();
    let server: CircuitPass;
    try {
      server = this.server.enter();
    } catch (error) {
      flow.failed(NOT_MADE);
      throw error;
    }
    return {
      succeeded: () => {
        flow.succeeded();
        server.succeeded();
      },
      failed: (error) => {
        flow.failed(error);
        // Silence is no answer either: a server that was under suspicion stays so.
        const isSilence = error instanceof AppError && error.code === 'upstream_timeout';
        server.failed(isSilence ? NOT_MADE : error);
      },
    };
  }
}
