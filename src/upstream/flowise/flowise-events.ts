import type {
  InputRequest,
  NativeFrame,
  ProviderEvent,
  Source,
  ToolCall,
  ToolResult,
  Usage,
} from '../../contract/chat-event.js';
import { leaveOutSources } from '../source-documents.js';
import type { SourcesBound } from '../sources-bound.js';
import { stripInternals } from '../strip-internals.js';
import { asText, isObject } from '../../platform/json/json-object.js';
import { toSource, type FlowiseFrame } from './flowise-frame.js';

type WithNative = ToolCall | ToolResult | InputRequest;

/** The frame as clients of the predict dialect may see it. */
export function toNative(frame: FlowiseFrame): NativeFrame {
  return { event: frame.event, data: publicData(frame) };
}

function publicData({ event, data }: FlowiseFrame): unknown {
  if (event === 'action') return publicAction(data);
  // An agent node that failed carries its error's text.
  if (event === 'nextAgentFlow' && isObject(data)) {
    return { nodeId: data.nodeId, nodeLabel: data.nodeLabel, status: data.status };
  }
  // What an agent is about to do comes as a text with the model's own message in it; its tools tell the same without.
  if (event === 'agent_trace' && isObject(data)) {
    const { action: _, ...others } = data;
    return stripInternals(others);
  }
  return stripInternals(data);
}

/** Besides the question to the human, `data` repeats the agent's whole configuration. */
function publicAction(data: unknown): unknown {
  if (!isObject(data)) return {};
  const { nodeId, nodeLabel } = isObject(data.data) ? data.data : {};
  return {
    ...(stripInternals({ id: data.id, mapping: data.mapping, elements: data.elements }) as object),
    // Flowise's own page answers with the node's name.
    ...(typeof nodeId === 'string' && { data: { nodeId, nodeLabel } }),
  };
}

/** Puts the frame onto the first of its events; a frame that says nothing new is passed on by itself. */
export function withNative(events: readonly WithNative[], frame: FlowiseFrame): ProviderEvent[] {
  const native = toNative(frame);
  if (events.length === 0) return [{ type: 'upstream-event', native }];
  return events.map((event, index) => ({ ...event, native: index === 0 ? native : null }));
}

/**
 * One event with the frame, whose texts it does not repeat; the frame alone when there is no document.
 * @throws AppError `upstream_failed` when the turn has too many
 */
export function toSources(frame: FlowiseFrame, bound: SourcesBound): ProviderEvent[] {
  if (Array.isArray(frame.data)) bound.add(frame.data.length);
  const native = toNative(frame);
  const documents: readonly unknown[] = Array.isArray(native.data) ? native.data : [];
  const sources = documents.map(toSource).filter((source): source is Source => source !== undefined);
  if (sources.length === 0) return [{ type: 'upstream-event', native }];
  return [{ type: 'sources', sources, native: leaveOutSources(native, sources) }];
}

/** An agent that waits for a human: the answers it accepts are the labels of its buttons. */
export function toInputRequest(data: unknown): InputRequest | undefined {
  const requestId = isObject(data) ? asText(data.id) : undefined;
  if (!isObject(data) || requestId === undefined) return undefined;
  const elements: readonly unknown[] = Array.isArray(data.elements) ? data.elements : [];
  const choices = elements
    .map((element) => (isObject(element) ? asText(element.label) : undefined))
    .filter((label): label is string => label !== undefined);
  const node = isObject(data.data) ? asText(data.data.nodeLabel) : undefined;
  return {
    type: 'input-request',
    requestId,
    prompt: `${node ?? 'The agent'} waits for your decision.`,
    ...(choices.length > 0 && { choices }),
  };
}

/** The node at which the agent of an `action` waits. */
export function toNodeId(action: unknown): string | undefined {
  return isObject(action) && isObject(action.data) ? asText(action.data.nodeId) : undefined;
}

/** Each node reports its own tokens; the sum so far is what the turn has used. */
export function addUsage(before: Usage | undefined, data: unknown): Usage | undefined {
  if (!isObject(data)) return before;
  const inputTokens = sum(before?.inputTokens, data.input_tokens);
  const outputTokens = sum(before?.outputTokens, data.output_tokens);
  const totalTokens = sum(before?.totalTokens, data.total_tokens);
  if ((inputTokens ?? outputTokens ?? totalTokens) === undefined) return before;
  return {
    type: 'usage',
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(totalTokens !== undefined && { totalTokens }),
  };
}

function sum(before: number | undefined, more: unknown): number | undefined {
  return typeof more === 'number' && Number.isFinite(more) && more >= 0 ? (before ?? 0) + more : before;
}
