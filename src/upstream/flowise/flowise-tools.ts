import type { ToolCall, ToolResult } from '../../contract/chat-event.js';
import { errors } from '../../platform/errors/errors.js';
import { stripInternals } from '../strip-internals.js';
import { asText, isObject } from '../../platform/json/json-object.js';

/** Far beyond what agents call in one turn. */
export const MAX_FLOWISE_TOOLS_PER_TURN = 1024;

interface FlowiseTool {
  readonly key: string;
  readonly toolName: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly isError: boolean;
}

/**
 * Pairs the tools an agent says it calls (`calledTools`, repeated while it runs) with the tools it says it used
 * (`usedTools`, once they have answered). Flowise names no ids, so name and input tell which belongs to which.
 */
export class FlowiseTools {
  private count = 0;
  /** Calls that have no result yet, by name and input, oldest first. */
  private readonly open = new Map<string, ToolCall[]>();

  /**
   * The calls of a `calledTools` frame that were not announced before.
   * @throws AppError `upstream_failed` beyond `MAX_FLOWISE_TOOLS_PER_TURN`
   */
  called(data: unknown): ToolCall[] {
    /** How many of the calls that were open before are not in this frame so far. */
    const announced = new Map<string, number>();
    const calls: ToolCall[] = [];
    for (const tool of readTools(data)) {
      const known = announced.get(tool.key) ?? this.open.get(tool.key)?.length ?? 0;
      announced.set(tool.key, Math.max(known - 1, 0));
      if (known === 0) calls.push(this.begin(tool));
    }
    return calls;
  }

  /**
   * Results of a `usedTools` frame, each after its call unless that was announced before.
   * @throws AppError as `called` does
   */
  used(data: unknown): (ToolCall | ToolResult)[] {
    const events: (ToolCall | ToolResult)[] = [];
    for (const tool of readTools(data)) {
      if (!this.open.has(tool.key)) events.push(this.begin(tool));
      const result = this.finish(tool);
      if (result !== undefined) events.push(result);
    }
    return events;
  }

  private begin({ key, toolName, input }: FlowiseTool): ToolCall {
    this.count += 1;
    if (this.count > MAX_FLOWISE_TOOLS_PER_TURN) {
      throw errors.upstreamFailed('The upstream used more tools than a turn may.');
    }
    const call: ToolCall = { type: 'tool-call', toolCallId: `call_${this.count}`, toolName, input };
    const same = this.open.get(key);
    if (same === undefined) this.open.set(key, [call]);
    else same.push(call);
    return call;
  }

  private finish(tool: FlowiseTool): ToolResult | undefined {
    const same = this.open.get(tool.key);
    const call = same?.shift();
    if (same?.length === 0) this.open.delete(tool.key);
    if (call === undefined) return undefined;
    const { toolCallId, toolName, input } = call;
    return {
      type: 'tool-result',
      toolCallId,
      toolName,
      input,
      output: tool.output,
      ...(tool.isError && { isError: true }),
    };
  }
}

/** Lenient: an agent with several nodes leaves holes (`null`) in the list. */
function readTools(data: unknown): FlowiseTool[] {
  if (!Array.isArray(data)) return [];
  const tools: FlowiseTool[] = [];
  for (const entry of data as readonly unknown[]) {
    const toolName = isObject(entry) ? asText(entry.tool) : undefined;
    if (!isObject(entry) || toolName === undefined) continue;
    const input = stripInternals(entry.toolInput);
    tools.push({
      key: JSON.stringify([toolName, input]),
      toolName,
      input,
      output: stripInternals(entry.toolOutput),
      isError: Boolean(entry.error),
    });
  }
  return tools;
}
