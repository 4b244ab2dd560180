import type { ProviderRequest } from '../chat-provider.port.js';
import { trimHistory } from './history-budget.js';
import { withFiles } from './openai-files.js';
import type { ToolUse } from './todo-tools.js';

/** A message of a chat completion's request. */
export type OpenAiMessage = Readonly<Record<string, unknown>> & {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
};

const TOOLS_PROMPT =
  "You are a helpful assistant that keeps the user's to-do list with the tools you are given. " +
  'Use them whenever the user wants to see or change tasks, and then tell in plain words what was done.';

/**
 * What the model is told: its instructions, the part of the conversation that fits the budget, the question.
 * @param historyTokens budget of the conversation, in estimated tokens
 */
export function toMessages(request: ProviderRequest, historyTokens: number): OpenAiMessage[] {
  const { target, history, question, uploads = [] } = request;
  const instructions = target.systemPrompt ?? (target.tools === true ? TOOLS_PROMPT : undefined);
  const said = history.filter(({ content, uploads }) => content !== '' || uploads !== undefined);
  return [
    ...(instructions === undefined ? [] : [{ role: 'system' as const, content: instructions }]),
    ...trimHistory(said, historyTokens).map(({ role, content, uploads: files = [] }) => ({
      role,
      content: withFiles(content, files),
    })),
    { role: 'user', content: withFiles(question, uploads) },
  ];
}

/** What the model has said in a step in which it asked for tools. Servers refuse a history whose arguments are no JSON. */
export function toAssistantMessage(text: string, tools: readonly ToolUse[]): OpenAiMessage {
  return {
    role: 'assistant',
    content: text === '' ? null : text,
    tool_calls: tools.map(({ id, name, input = {} }) => ({
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(input) },
    })),
  };
}

/** What came of one tool. */
export function toToolMessage(toolCallId: string, output: unknown): OpenAiMessage {
  return { role: 'tool', tool_call_id: toolCallId, content: JSON.stringify(output) };
}
