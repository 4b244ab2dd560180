import { randomUUID } from 'node:crypto';
import { setBounded } from './bounded.js';
import { AGENT_NODE } from './agentflow-frames.js';
import type { HumanInput } from './flow.js';

/** One run of an AgentFlow v2, which goes on in the run that answers its question to a human. */
export interface Execution {
  readonly id: string;
  readonly chatId: string;
  state: 'INPROGRESS' | 'FINISHED' | 'STOPPED' | 'TERMINATED' | 'ERROR';
  /** Whether it has waited for a human, so that it can be resumed once more when the resumed run failed. */
  hasStopped: boolean;
}

/** The latest execution of each session of each flow: the only one that can be resumed. */
export class Executions {
  private readonly latest = new Map<string, Execution>();

  begin(flowId: string, sessionId: string, chatId: string): Execution {
    const execution: Execution = { id: randomUUID(), chatId, state: 'INPROGRESS', hasStopped: false };
    setBounded(this.latest, `${flowId}\0${sessionId}`, execution);
    return execution;
  }

  /**
   * AgentFlow v2 looks for the session's latest execution, older kinds of flow for the chat's: here both must be right, so that what
   * resumes this flow resumes every kind.
   *
   * @throws Error in Flowise's words when there is nothing to resume
   */
  resume(flowId: string, sessionId: string, chatId: string, { startNodeId }: HumanInput): Execution {
    const execution = this.latest.get(`${flowId}\0${sessionId}`);
    if (execution?.chatId !== chatId) throw new Error(`No previous execution found for session ${sessionId}`);
    const { id, state, hasStopped } = execution;
    if (state !== 'STOPPED' && !(state === 'ERROR' && hasStopped)) {
      throw new Error(
        `Cannot resume execution ${id} because it is in '${state}' state. ` +
          `Only executions in 'STOPPED' state (or 'ERROR' after 'STOPPED') can be resumed.`,
      );
    }
    if (startNodeId !== undefined && startNodeId !== AGENT_NODE.nodeId) {
      throw new Error(`Node ${startNodeId} not found in previous execution.`);
    }
    execution.state = 'INPROGRESS';
    return execution;
  }

  remove(ids: ReadonlySet<string | null>): void {
    for (const [key, { id }] of this.latest) if (ids.has(id)) this.latest.delete(key);
  }
}
