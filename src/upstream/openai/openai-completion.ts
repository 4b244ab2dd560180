import type { FinishReason, Usage } from '../../contract/chat-event.js';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import type { DecodedEnd } from '../http/stream-decoder.port.js';
import type { TextBatch } from '../text-batch.js';
import { asText, isObject, isPresent, type JsonObject } from '../../platform/json/json-object.js';
import { type OpenAiChunk } from './openai-chunk.js';
import { toFinishReason } from './finish-reasons.js';
import { readContent, readReasoningDetails, type SaidPart } from './openai-content.js';
import { ThinkTags } from './think-tags.js';
import { ToolCallAssembly } from './tool-call-assembly.js';
import type { RequestedTool } from '../../tools/requested-tool.js';

/** One step of a model: what it said, which tools it wants, how it ended. The same for a stream and a whole answer. */
export class OpenAiCompletion {
  /** Set by what makes the answer useless. */
  failure: AppError | undefined;
  /** Why the model ended; `undefined` while it goes on. */
  finishReason: FinishReason | undefined;
  id: string | undefined;
  model: string | undefined;
  usage: Omit<Usage, 'type'> | undefined;
  private said = '';
  /** Of the choice that is the answer. */
  private index: unknown;
  private readonly tools = new ToolCallAssembly();
  private readonly thoughts = new ThinkTags();

  /** @param batch where text and reasoning go */
  constructor(private readonly batch: TextBatch) {}

  /** What the model has said in this step. */
  get text(): string {
    return this.said;
  }

  /** Complete ones only: arguments of a call that was cut are nobody's wish, however they could be mended. */
  get requestedTools(): readonly RequestedTool[] {
    const wasCut = this.finishReason === 'length' || this.finishReason === 'content-filter';
    return wasCut ? [] : this.tools.calls;
  }

  /** Nothing more comes. @returns what that means */
  conclude(): DecodedEnd {
    this.addParts(this.thoughts.end());
    if (this.failure !== undefined) return this.failure;
    const refused = this.finishReason === 'content-filter' && this.said === '';
    return refused ? refusal() : 'done';
  }

  /** @param repaired whether the chunk's JSON was mended, so that something may be missing in it */
  accept(chunk: OpenAiChunk, repaired = false): void {
    this.id ??= asText(chunk.id);
    this.model ??= asText(chunk.model);
    if (isObject(chunk.usage)) this.usage = toUsage(chunk.usage);
    const [choice, ...others] = chunk.choices ?? [];
    if (choice === undefined) return;
    this.index ??= choice.index;
    // One answer was asked for. What belongs to another must not become a part of it.
    if (others.length > 0 || (isPresent(choice.index) && choice.index !== this.index)) {
      this.failure = errors.upstreamFailed('The upstream gave several answers at once.');
      return;
    }
    const part = choice.delta ?? choice.message;
    if (isObject(part)) this.acceptPart(part, repaired);
    const reason = asText(choice.finish_reason) ?? '';
    if (reason !== '') this.finishReason = toFinishReason(reason);
  }

  private acceptPart(part: JsonObject, repaired: boolean): void {
    // DeepSeek and vLLM call it `reasoning_content`, OpenRouter and newer vLLM `reasoning`; OpenRouter repeats that in `reasoning_details`.
    const thoughts = [part.reasoning_content, part.reasoning, readReasoningDetails(part.reasoning_details)];
    this.batch.addText('reasoning-delta', thoughts.map(asText).find(Boolean) ?? '');
    for (const { kind, text } of readContent(part.content)) {
      this.addParts(kind === 'text' ? this.thoughts.read(text) : [{ kind, text }]);
    }
    if (typeof part.refusal === 'string') this.addParts([{ kind: 'text', text: part.refusal }]);
    if (isPresent(part.tool_calls)) this.addTools(part.tool_calls, repaired);
  }

  private addParts(parts: readonly SaidPart[]): void {
    for (const { kind, text } of parts) {
      this.batch.addText(kind === 'text' ? 'text-delta' : 'reasoning-delta', text);
      if (kind === 'text') this.said += text;
    }
  }

  private addTools(pieces: unknown, repaired: boolean): void {
    if (repaired) this.failure ??= errors.upstreamFailed('The upstream sent a tool call that is broken.');
    else if (!this.tools.add(pieces)) this.failure ??= tooMuch();
  }
}

/** The failure of a turn whose model wants more tools than it gets. */
export function tooMuch(): AppError {
  return new AppError('upstream_failed', 'The upstream wants more of its tools than a turn may do.', {
    kind: 'operational',
  });
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
