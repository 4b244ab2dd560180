import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import type { ConfiguredUpstream, UpstreamAddress } from '../http/upstream-address.js';
import { resolveAddress } from '../http/upstream-address.js';
import { AppError } from '../../platform/errors/app.error.js';
import type { ModelOptions } from '../chat-provider.port.js';
import type { UpstreamTarget } from '../../contract/provider.js';
import type { OpenAiMessage } from './openai-messages.js';
import { TODO_TOOLS } from '../../tools/todo/todo-tools.js';

export const COMPLETIONS_PATH = '/chat/completions';

/** Which model answers, and where. */
export interface OpenAiModel extends UpstreamAddress {
  readonly model: string;
}

/** @throws AppError as `resolveAddress` does, or `upstream_failed` when no model is named anywhere */
export function resolveModel(
  target: UpstreamTarget,
  config: (ConfiguredUpstream & { readonly model: string | undefined }) | undefined,
): OpenAiModel {
  const address = resolveAddress(target.baseUrl, config);
  const model = target.model ?? config?.model;
  if (model === undefined) {
    throw new AppError('upstream_failed', 'The chatflow names no model.', { kind: 'operational' });
  }
  return { model, ...address };
}

export function modelHeaders({ apiKey }: OpenAiModel): Record<string, string> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}

/** How the model may use tools in one step: as it likes, no longer (but it must still know them), or it has none. */
export type ToolChoice = 'auto' | 'none' | undefined;

type CompletionRequest = Omit<ChatCompletionCreateParamsStreaming, 'messages' | 'tools'> & {
  readonly messages: readonly OpenAiMessage[];
  readonly tools?: Readonly<ChatCompletionCreateParamsStreaming['tools']>;
};

export function completionBody(
  { model }: OpenAiModel,
  messages: readonly OpenAiMessage[],
  tools: ToolChoice,
  asksForUsage = true,
  { system: _, ...options }: ModelOptions = {},
): string {
  const ours: CompletionRequest = {
    model,
    messages,
    stream: true,
    ...(asksForUsage && { stream_options: { include_usage: true } }),
    ...(tools !== undefined && { tools: TODO_TOOLS, tool_choice: tools }),
  };
  // What a client may decide goes first and as it came: it may be meant for a server that knows more than OpenAI's library.
  return JSON.stringify({ ...options, ...ours });
}
