import { toolsOf } from './flow.js';
import type { FlowResult } from './flow-result.js';
import { Aborted, type RunningFlow } from './run.js';

/** Sequential agents: the only flows that say `abort`. They remember the question with an empty answer then. */
export async function runSequentialAgents(run: RunningFlow): Promise<FlowResult> {
  const usedTools = toolsOf(run.flow);
  const agentReasoning = [
    { agentName: 'Agent', messages: [], usedTools, nodeName: 'seqAgent', nodeId: 'seqAgent_0' },
  ];
  try {
    run.use(usedTools);
    const text = await run.answer(() => {
      run.emit('start', agentReasoning);
      run.emit('agentReasoning', agentReasoning);
    });
    run.emit('usedTools', usedTools);
    run.emit('sourceDocuments', []);
    run.emit('artifacts', []);
    return { text, agentReasoning, ...(usedTools.length > 0 && { usedTools }) };
  } catch (error) {
    if (!(error instanceof Aborted))
      throw new Error(`Error buildAgentGraph - ${(error as Error).message}`, { cause: error });
    run.record.state = 'aborted';
    run.emit('abort', '[DONE]');
    return { text: '', agentReasoning };
  }
}
