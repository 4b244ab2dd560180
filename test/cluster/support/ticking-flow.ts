import type { FlowiseUpstream } from '../../support/upstream/flowise-upstream.js';
import { Gate } from '../../support/upstream/gate.js';

/** Each run has a token so often. */
const TOKEN_EVERY_MS = 100;
/** Far more than come before the end of a test. */
const TOKENS = Array.from({ length: 5000 }, (_, index) => `${index} `);

/** Lets every run of the upstream say a word again and again, until it is told to stop. @returns ends that */
export function tickWords(upstream: FlowiseUpstream): () => void {
  const gates: Gate[] = [];
  upstream.runAs({
    kind: 'agentflow2',
    gate: () => {
      const gate = new Gate();
      gates.push(gate);
      return gate;
    },
    answer: () => TOKENS,
  });
  const ticking = setInterval(() => gates.forEach((gate) => gate.release()), TOKEN_EVERY_MS);
  return () => clearInterval(ticking);
}
