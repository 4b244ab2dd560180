import { Injectable } from '@nestjs/common';
import type { ProviderEvent } from '../../contract/chat-event.js';
import { AppConfig } from '../../config/app-config.js';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import { ChatProvider, type ProviderCall, type ProviderRequest } from '../chat-provider.port.js';
import { pause, untilAborted } from '../abortable.js';
import { TodoList } from '../../tools/todo/todo-list.js';
import { planTurn, type ToolUse } from './assistant-turn.js';
import { recognizeIntent } from './recognize-intent.js';
import { TaskStore } from '../../tools/todo/task.store.port.js';
import { wordChunks } from './word-chunks.js';

/** Without a delay words would be batches of their own for nothing. */
const WORDS_PER_CHUNK_WITHOUT_DELAY = 8;
const TOOL_CALL_ID = 'call_1';

type Batch = readonly ProviderEvent[];

/** The built-in to-do agent: needs no server, understands by rules, and keeps each user's tasks in the database. */
@Injectable()
export class AssistantProvider extends ChatProvider {
  readonly name = 'assistant';
  /** Each command stands for itself. */
  readonly memory = 'none';

  constructor(
    private readonly tasks: TaskStore,
    private readonly config: AppConfig,
  ) {
    super();
  }

  originOf(): undefined {
    return undefined;
  }

  call(request: ProviderRequest, signal: AbortSignal): ProviderCall {
    return {
      events: this.answer(request, signal),
      report: { repairedEvents: 0, droppedEvents: 0, unknownEvents: 0 },
      reach: 'accepted',
      // The iteration itself is the work: it has ended with its signal.
      stop: () => Promise.resolve({ acknowledged: true }),
    };
  }

  private async *answer({ question, userId }: ProviderRequest, signal: AbortSignal): AsyncGenerator<Batch> {
    signal.throwIfAborted();
    const plan = planTurn(recognizeIntent(question), new TodoList(this.tasks, userId));
    if (typeof plan === 'string') {
      yield* this.speak(plan, signal);
      return;
    }
    const call = { toolCallId: TOOL_CALL_ID, toolName: plan.toolName, input: plan.input };
    yield [{ type: 'tool-call', ...call }];
    const { output, answer } = await run(plan, signal);
    yield [{ type: 'tool-result', ...call, output }];
    yield* this.speak(answer, signal);
  }

  private async *speak(text: string, signal: AbortSignal): AsyncGenerator<Batch> {
    const delayMs = this.config.upstream.assistantDelayMs;
    for (const chunk of wordChunks(text, delayMs === 0 ? WORDS_PER_CHUNK_WITHOUT_DELAY : 1)) {
      if (delayMs > 0) await pause(delayMs, signal);
      signal.throwIfAborted();
      yield [{ type: 'text-delta', text: chunk }];
    }
  }
}

async function run(plan: ToolUse, signal: AbortSignal) {
  try {
    return await untilAborted(plan.run, signal);
  } catch (error) {
    if (signal.aborted || error instanceof AppError) throw error;
    throw errors.upstreamFailed('The assistant could not reach its tasks.', error);
  }
}
