import { randomUUID } from 'node:crypto';
import type { ToolRun } from './flow.js';

export const START_NODE = { nodeId: 'startAgentflow_0', nodeLabel: 'Start' } as const;
export const AGENT_NODE = { nodeId: 'agentAgentflow_0', nodeLabel: 'Agent' } as const;

/** What each node's data carries along and nobody may be told. */
const INTERNALS = {
  agentModel: 'chatOpenAI',
  agentModelConfig: { credential: 'secret-credential', basepath: 'http://secret.internal/v1' },
} as const;

export const USAGE = { input_tokens: 11, output_tokens: 22, total_tokens: 33 } as const;

/** The tools as `calledTools` announces them, before they have run. */
export const asCalled = (tools: readonly ToolRun[]): readonly ToolRun[] =>
  tools.map((tool) => ({ ...tool, toolOutput: '' }));

export function executedStart(question: string) {
  return {
    ...START_NODE,
    data: {
      id: START_NODE.nodeId,
      name: 'startAgentflow',
      input: { question },
      output: { question },
      state: {},
    },
    previousNodeIds: [],
    status: 'FINISHED',
  };
}

export function executedAgent(question: string, status: string, output: Readonly<Record<string, unknown>>) {
  const input = { messages: [{ role: 'user', content: question }], ...INTERNALS };
  return {
    ...AGENT_NODE,
    data: { id: AGENT_NODE.nodeId, name: 'agentAgentflow', input, output, state: {} },
    previousNodeIds: [START_NODE.nodeId],
    status,
  };
}

/** What an agent says that asks before it runs a tool. */
export function attemptOf({ tool, toolInput }: ToolRun): string {
  const call = { name: tool, args: toolInput, id: 'call_0', type: 'tool_call' };
  return `\nAttempting to use tool:\n\`\`\`json\n${JSON.stringify(call, null, 2)}\n\`\`\``;
}

export function humanInputAction(question: string) {
  return {
    id: randomUUID(),
    mapping: { approve: 'Proceed', reject: 'Reject' },
    elements: [
      { type: 'agentflowv2-approve-button', label: 'Proceed' },
      { type: 'agentflowv2-reject-button', label: 'Reject' },
    ],
    data: { ...AGENT_NODE, input: { messages: [{ role: 'user', content: question }], ...INTERNALS } },
  };
}
