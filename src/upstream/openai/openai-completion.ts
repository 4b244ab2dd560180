import type { Usage } from '../../chat/events/chat-event.js';
import { AppError } from '../../platform/errors/app-error.js';
import type { DecodedEnd } from '../http/stream-decoder.port.js';
import type { TextBatch } from '../text-batch.js';
import { asText, isObject, isPresent, type JsonObject } from '../json/json-object.js';
import { type OpenAiChunk } from './openai-chunk.js';
import { toToldFailure } from '../http/told-failure.js';
import { ToolCallAssembly, type RequestedTool } from './tool-call-assembly.js';

/** One step of a model: what it said, which tools it wants, how it ended. The same for a stream and a whole answer. */
export class OpenAiCompletion {
  /** Set by an error inside the answer. */
  failure: AppError | undefined;
  /** Why the model ended, in its words; `undefined` while it goes on. */
  finishReason: string | undefined;
  id: string | undefined;
  model: string | undefined;
  usage: Omit<Usage, 'type'> | undefined;
  private said = '';
  private readonly tools = new ToolCallAssembly();

  /** @param batch where text and reasoning go */
  constructor(private readonly batch: TextBatch) {}

  /** What the model has said in this step. */
  get text(): string {
    return this.said;
  }

  get requestedTools(): readonly RequestedTool[] {
    return this.tools.calls;
  }

  /** What the end of the answer means once nothing more comes. */
  get end(): DecodedEnd {
    if (this.failure !== undefined) return this.failure;
    const refused = this.finishReason === 'content_filter' && this.said === '';
    return refused ? refusal() : 'done';
  }

  accept(chunk: OpenAiChunk): void {
    if (isPresent(chunk.error)) {
      this.failure = toToldFailure('OpenAI', chunk.error);
      return;
    }
    this.id ??= asText(chunk.id);
    this.model ??= asText(chunk.model);
    if (isObject(chunk.usage)) this.usage = toUsage(chunk.usage);
    // One answer was asked for: there is one choice.
    const choice = chunk.choices?.[0];
    if (!isObject(choice)) return;
    const part = isObject(choice.delta) ? choice.delta : choice.message;
    if (isObject(part)) this.acceptPart(part);
    this.finishReason = asText(choice.finish_reason) ?? this.finishReason;
  }

  private acceptPart(part: JsonObject): void {
    // DeepSeek and vLLM call it `reasoning_content`, OpenRouter and newer vLLM `reasoning`.
    const reasoning = asText(part.reasoning_content) ?? asText(part.reasoning);
    if (reasoning !== undefined) this.batch.addText('reasoning-delta', reasoning);
    const text = asText(part.content) ?? asText(part.refusal);
    if (text !== undefined) {
      this.batch.addText('text-delta', text);
      this.said += text;
    }
    if (part.tool_calls !== undefined) this.tools.add(part.tool_calls);
  }
}

function refusal(): AppError {
  return new AppError('upstream_failed', 'The upstream’s content filter did not let an answer pass.', {
    kind: 'operational',
  });
}

function toUsage(usage: JsonObject): Omit<Usage, 'type'> {
  const count = (value: unknown) => (typeof value === 'number' && value >= 0 ? value : undefined);
  const inputTokens = count(usage.prompt_tokens);
  const outputTokens = count(usage.completion_tokens);
  const totalTokens = count(usage.total_tokens);
  return {
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(totalTokens !== undefined && { totalTokens }),
  };
}
