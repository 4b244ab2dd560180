import type { ToolCall, ToolResult } from '../../contract/chat-event.js';
import { stripInternals } from '../strip-internals.js';
import { asText, isObject } from '../../platform/json/json-object.js';

interface FlowiseTool {
  readonly key: string;
  readonly toolName: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly isError: boolean;
}

interface OpenCall {
  readonly key: string;
  readonly call: ToolCall;
}

/**
 * Pairs the tools an agent says it calls (`calledTools`, repeated while it runs) with the tools it says it used
 * (`usedTools`, once they have answered). Flowise names no ids, so name and input tell which belongs to which.
 */
export class FlowiseTools {
  private count = 0;
  /** Calls that have no result yet, oldest first. */
  private open: OpenCall[] = [];

  /** The calls of a `calledTools` frame that were not announced before. */
  called(data: unknown): ToolCall[] {
    const announced = [...this.open];
    const calls: ToolCall[] = [];
    for (const tool of readTools(data)) {
      const known = announced.findIndex((open) => open.key === tool.key);
      if (known >= 0) announced.splice(known, 1);
      else calls.push(this.begin(tool).call);
    }
    return calls;
  }

  /** Results of a `usedTools` frame, each after its call unless that was announced before. */
  used(data: unknown): (ToolCall | ToolResult)[] {
    const events: (ToolCall | ToolResult)[] = [];
    for (const tool of readTools(data)) {
      let open = this.open.find(({ key }) => key === tool.key);
      if (open === undefined) {
        open = this.begin(tool);
        events.push(open.call);
      }
      events.push(this.finish(open, tool));
    }
    return events;
  }

  private begin(tool: FlowiseTool): OpenCall {
    this.count += 1;
    const { key, toolName, input } = tool;
    const open: OpenCall = {
      key,
      call: { type: 'tool-call', toolCallId: `call_${this.count}`, toolName, input },
    };
    this.open.push(open);
    return open;
  }

  private finish(open: OpenCall, tool: FlowiseTool): ToolResult {
    this.open = this.open.filter((other) => other !== open);
    const { toolCallId, toolName, input } = open.call;
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
