import type { FlowiseBehaviour } from './flowise-behaviours.js';
import type { DoubleFlow, ScriptedFlow } from './flowise-double/flow.js';
import { startFlowiseDouble, type FlowiseDouble } from './flowise-double/flowise-double.js';

/** The double of Flowise, whose flows a test changes as it goes; a new one is a chain that remembers. */
export interface FlowiseUpstream extends FlowiseDouble {
  /** A flow of this name is known from now on; it answers as the others do. */
  addFlow(flowId: string): void;
  /** Runs, from now on, and remembers. @param flowId only this flow; unset: all that are known */
  runAs(flow: ScriptedFlow, flowId?: string): void;
  /** Answers with these bytes from now on and remembers nothing. @param flowId only this flow; unset: all that are known */
  respondWith(behaviour: FlowiseBehaviour, flowId?: string): void;
}

/** Starts a server with these flows on a free port of the loopback. */
export async function startFlowiseUpstream(...flowIds: readonly string[]): Promise<FlowiseUpstream> {
  const double = await startFlowiseDouble();
  const known = new Set<string>();
  let usual: DoubleFlow = { kind: 'chain' };
  const define = (flow: DoubleFlow, flowId: string | undefined): void => {
    if (flowId === undefined) usual = flow;
    for (const id of flowId === undefined ? known : [flowId]) double.defineFlow(id, flow);
  };
  const addFlow = (flowId: string): void => {
    if (known.has(flowId)) return;
    known.add(flowId);
    double.defineFlow(flowId, usual);
  };
  flowIds.forEach(addFlow);
  return {
    ...double,
    addFlow,
    runAs: define,
    respondWith: (respond, flowId) => {
      define({ kind: 'replayed', respond }, flowId);
    },
  };
}
