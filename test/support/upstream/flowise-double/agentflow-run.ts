import {
  AGENT_NODE,
  asCalled,
  attemptOf,
  executedAgent,
  executedStart,
  humanInputAction,
  START_NODE,
  USAGE,
} from './agentflow-frames.js';
import type { Execution } from './executions.js';
import { toolsOf } from './flow.js';
import type { FlowResult } from './flow-result.js';
import { Aborted, type RunningFlow } from './run.js';

/**
 * An AgentFlow v2 of a start and an agent node. It really stops: with an `error` event, not with `abort`, and without having
 * remembered anything.
 */
export async function runAgentflow(run: RunningFlow, execution: Execution): Promise<FlowResult> {
  const { emit, context } = run;
  emit('agentFlowEvent', 'INPROGRESS');
  const start = executedStart(context.question);
  if (context.humanInput === undefined) {
    emit('nextAgentFlow', { ...START_NODE, status: 'INPROGRESS' });
    emit('nextAgentFlow', { ...START_NODE, status: 'FINISHED' });
    emit('agentFlowExecutedData', [start]);
  }
  emit('nextAgentFlow', { ...AGENT_NODE, status: 'INPROGRESS' });
  const finish = (status: Execution['state'], output: Readonly<Record<string, unknown>>, error?: string) => {
    const agentFlowExecutedData = [start, executedAgent(context.question, status, output)];
    execution.state = status;
    emit('nextAgentFlow', { ...AGENT_NODE, status, error });
    emit('agentFlowExecutedData', agentFlowExecutedData);
    emit('agentFlowEvent', status);
    return agentFlowExecutedData;
  };
  try {
    const asks = run.flow.kind === 'humanInput' && context.humanInput === undefined;
    const { output, ...result } = asks ? askHuman(run) : await runAgent(run);
    const agentFlowExecutedData = finish(asks ? 'STOPPED' : 'FINISHED', output);
    if (asks) {
      execution.hasStopped = true;
      emit('action', result.action);
      emit('agentFlowEvent', 'STOPPED');
    }
    return { ...result, executionId: execution.id, agentFlowExecutedData };
  } catch (error) {
    const isAborted = error instanceof Aborted;
    const message = isAborted
      ? 'Flow execution was cancelled'
      : `Error in Agent node: ${(error as Error).message}`;
    finish(isAborted ? 'TERMINATED' : 'ERROR', { error: message }, isAborted ? undefined : message);
    if (isAborted) run.record.state = 'aborted';
    throw new Error(message, { cause: error });
  }
}

type AgentResult = FlowResult & { readonly output: Readonly<Record<string, unknown>> };

async function runAgent(run: RunningFlow): Promise<AgentResult> {
  const { emit, context } = run;
  const tools = toolsOf(run.flow);
  const usedTools = context.humanInput?.type === 'reject' ? [] : tools;
  if (tools.length > 0) {
    emit('token', '');
    emit('calledTools', asCalled(tools));
  }
  run.use(usedTools);
  const text = await run.answer();
  emit('token', '');
  if (tools.length > 0) {
    emit('usedTools', usedTools);
    emit('calledTools', []);
  }
  emit('usageMetadata', USAGE);
  const used = usedTools.length > 0 ? { usedTools } : {};
  return { text, ...used, output: { content: text, ...used } };
}

/** Stops before the tools have run, until the chat is answered. */
function askHuman({ emit, flow, context, record }: RunningFlow): AgentResult {
  const tools = toolsOf(flow);
  const text = tools.map(attemptOf).join('');
  const action = humanInputAction(context.question);
  emit('token', '');
  emit('calledTools', asCalled(tools));
  emit('token', text);
  emit('calledTools', asCalled(tools));
  emit('usageMetadata', USAGE);
  record.answer = text;
  return { text, action, output: { content: text, isWaitingForHumanInput: true, humanInputAction: action } };
}
