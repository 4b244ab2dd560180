import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { TodoList } from '../../tools/todo/todo-list.js';
import { TaskStore } from '../../tools/todo/task.store.port.js';
import { ChatProvider, type ProviderCall, type ProviderRequest, type Upload } from '../chat-provider.port.js';
import type { UpstreamTarget } from '../../contract/provider.js';
import { failedCall } from '../failed-call.js';
import { originOf } from '../http/upstream-address.js';
import { UpstreamHttp } from '../http/upstream-http.service.js';
import { OpenAiCall } from './openai-call.js';
import { toMessages } from './openai-messages.js';
import { resolveModel } from './openai-request.js';
import { UsageRefusals } from './usage-refusals.js';

/** Answers with a model behind the chat completions API: OpenAI, vLLM, Ollama, LiteLLM and others. */
@Injectable()
export class OpenAiProvider extends ChatProvider {
  readonly name = 'openai';
  readonly memory = 'told';
  private readonly refusals = new UsageRefusals();

  constructor(
    private readonly config: AppConfig,
    private readonly http: UpstreamHttp,
    private readonly tasks: TaskStore,
  ) {
    super();
  }

  originOf(target: UpstreamTarget): string | undefined {
    return originOf(target.baseUrl, this.config.upstream.openai);
  }

  override refusalOf({ type, mime }: Upload): string | undefined {
    if (type !== 'url' || mime.startsWith('image/')) return undefined;
    return 'must be a data URL: this chatflow takes addresses of images only';
  }

  /** A model alone only speaks. */
  override mayWork({ tools }: UpstreamTarget): boolean {
    return tools === true;
  }

  call(request: ProviderRequest, signal: AbortSignal): ProviderCall {
    const { openai, historyTokens } = this.config.upstream;
    const { target, userId } = request;
    try {
      const model = resolveModel(target, openai);
      const tools = target.tools === true ? new TodoList(this.tasks, userId) : undefined;
      return new OpenAiCall(
        this.http,
        model,
        toMessages(request, historyTokens),
        tools,
        signal,
        this.refusals,
        request.options,
        { onAccepted: request.onAccepted, unrecordedTrace: request.unrecordedTrace },
      );
    } catch (error) {
      return failedCall(error);
    }
  }
}
