import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import {
  ChatProvider,
  type ForgottenConversation,
  type ProviderCall,
  type ProviderRequest,
} from '../chat-provider.port.js';
import type { UpstreamTarget } from '../../contract/provider.js';
import { failedCall } from '../failed-call.js';
import { originOf } from '../http/upstream-address.js';
import { UpstreamAgent } from '../http/upstream-agent.service.js';
import { UpstreamHttp } from '../http/upstream-http.service.js';
import { FlowiseCall } from './flowise-call.js';
import { FlowiseClient } from './flowise.client.js';
import { resolveFlow } from './flowise-request.js';

/** Answers with a flow of a Flowise server. */
@Injectable()
export class FlowiseProvider extends ChatProvider {
  readonly name = 'flowise';
  readonly memory = 'kept';
  override readonly breaksByFlow = true;
  private readonly client: FlowiseClient;

  constructor(
    private readonly config: AppConfig,
    agent: UpstreamAgent,
    http: UpstreamHttp,
  ) {
    super();
    this.client = new FlowiseClient(http, agent);
  }

  override refusalOf(): undefined {
    return undefined;
  }

  originOf(target: UpstreamTarget): string | undefined {
    return originOf(target.baseUrl, this.config.upstream.flowise);
  }

  call(request: ProviderRequest, signal: AbortSignal): ProviderCall {
    try {
      const flow = resolveFlow(request, this.config.upstream.flowise);
      return new FlowiseCall(this.client, flow, request, signal);
    } catch (error) {
      return failedCall(error);
    }
  }

  override async forget(conversation: ForgottenConversation, signal: AbortSignal): Promise<'deleted'> {
    await this.client.forget(
      resolveFlow(conversation, this.config.upstream.flowise),
      conversation.id,
      signal,
    );
    return 'deleted';
  }
}
