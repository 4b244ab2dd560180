import type {
  ChatCompletionContentPart,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { ClientToolResult, HistoryEntry, ProviderRequest } from '../chat-provider.port.js';
import { trimHistory } from './history-budget.js';
import { withFiles } from './openai-files.js';
import type { ToolUse } from '../../tools/todo/todo-tools.js';

/**
 * A message of a chat completion's request, in the words of OpenAI's own library, so that a drift of the format does not compile. Files in an
 * assistant's message, which a client's history may have, are for other servers: OpenAI's has no place for them.
 */
export type OpenAiMessage =
  | ChatCompletionMessageParam
  | { readonly role: 'user' | 'assistant'; readonly content: string | ChatCompletionContentPart[] };

const TOOLS_PROMPT =
  "You are a helpful assistant that keeps the user's to-do list with the tools you are given. " +
  'Use them whenever the user wants to see or change tasks, and then tell in plain words what was done.';

/**
 * What the model is told: its instructions, the part of the conversation that fits the budget, the question.
 * @param historyTokens budget of the conversation, in estimated tokens
 */
export function toMessages(request: ProviderRequest, historyTokens: number): OpenAiMessage[] {
  const { target, history, question, uploads = [], options = {}, toolResults } = request;
  const instructions = target.systemPrompt ?? (target.tools === true ? TOOLS_PROMPT : undefined);
  const said = history.filter(
    ({ content, uploads: files, toolCalls }) => content !== '' || (files ?? toolCalls) !== undefined,
  );
  // Of what the model works on right now nothing may be left out.
  const from = toolResults === undefined ? said.length : said.findLastIndex(({ role }) => role === 'user');
  const before = said.slice(0, Math.max(from, 0));
  return [
    ...(instructions === undefined ? [] : [{ role: 'system' as const, content: instructions }]),
    ...(options.system ?? []).map(({ content }) => ({ role: 'system' as const, content })),
    ...[...trimHistory(before, historyTokens), ...said.slice(before.length)].map(toMessage),
    ...(toolResults?.map(toResultMessage) ?? [
      { role: 'user' as const, content: withFiles(question, uploads) },
    ]),
  ];
}

function toMessage({ role, content, uploads = [], toolCalls, toolCallId = '' }: HistoryEntry): OpenAiMessage {
  if (role === 'tool') return toResultMessage({ toolCallId, content });
  if (toolCalls === undefined) return { role, content: withFiles(content, uploads) };
  const tool_calls = toolCalls.map(({ id, name, arguments: json }) => toolCall(id, name, json));
  return { role: 'assistant', content: content === '' ? null : content, tool_calls };
}

function toResultMessage({ toolCallId, content }: ClientToolResult): OpenAiMessage {
  return { role: 'tool', tool_call_id: toolCallId, content };
}

/** What the model has said in a step in which it asked for tools. Servers refuse a history whose arguments are no JSON. */
export function toAssistantMessage(text: string, tools: readonly ToolUse[]): OpenAiMessage {
  return {
    role: 'assistant',
    content: text === '' ? null : text,
    tool_calls: tools.map(({ id, name, input = {} }) => toolCall(id, name, JSON.stringify(input))),
  };
}

function toolCall(id: string, name: string, json: string): ChatCompletionMessageFunctionToolCall {
  return { id, type: 'function', function: { name, arguments: json } };
}

/** What came of one tool. */
export function toToolMessage(
  toolCallId: string,
  output: unknown,
): OpenAiMessage & { readonly content: string } {
  return { role: 'tool', tool_call_id: toolCallId, content: JSON.stringify(output) };
}
