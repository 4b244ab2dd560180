import { toolsOf } from './flow.js';
import type { FlowResult } from './flow-result.js';
import type { RunningFlow } from './run.js';

/** A conversation chain, or an agent that runs its tools before it answers and tells of them behind its answer. */
export async function runChain(run: RunningFlow): Promise<FlowResult> {
  const { sourceDocuments } = run.flow;
  const usedTools = toolsOf(run.flow);
  // The model's first words are its calls of the tools.
  if (usedTools.length > 0) run.emit('start', '');
  run.use(usedTools);
  const text = await run.answer(() => {
    run.emit('start', '');
  });
  if (sourceDocuments !== undefined) run.emit('sourceDocuments', sourceDocuments);
  if (usedTools.length > 0) run.emit('usedTools', usedTools);
  const result: FlowResult = {
    text,
    ...(sourceDocuments !== undefined && { sourceDocuments }),
    ...(usedTools.length > 0 && { usedTools }),
  };
  // Flowise stores the whole result for want of a text.
  return text === '' ? { ...result, stored: JSON.stringify(result, null, 2) } : result;
}
