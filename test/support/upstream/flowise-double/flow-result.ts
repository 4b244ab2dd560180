import type { ToolRun } from './flow.js';

/** What a run comes to. */
export interface FlowResult {
  readonly text: string;
  /** What is remembered as the answer, where it is not the text. */
  readonly stored?: string;
  readonly usedTools?: readonly ToolRun[];
  readonly sourceDocuments?: readonly unknown[];
  /** What a human is asked. */
  readonly action?: unknown;
  readonly executionId?: string;
  readonly agentFlowExecutedData?: readonly unknown[];
  readonly agentReasoning?: readonly unknown[];
}
