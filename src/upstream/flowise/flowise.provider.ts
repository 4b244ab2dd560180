import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { ChatProvider, type ProviderCall, type ProviderRequest } from '../chat-provider.port.js';
import { failedCall } from '../failed-call.js';
import { UpstreamAgent } from '../http/upstream-agent.js';
import { FlowiseClient } from './flowise.client.js';
import { resolveFlow, type FlowiseFlow } from './flowise-request.js';

/** Answers with a flow of a Flowise server. */
@Injectable()
export class FlowiseProvider extends ChatProvider {
  readonly name = 'flowise';
  private readonly client: FlowiseClient;

  constructor(
    private readonly config: AppConfig,
    agent: UpstreamAgent,
  ) {
    super();
    this.client = new FlowiseClient(agent, config.upstream);
  }

  call(request: ProviderRequest, signal: AbortSignal): ProviderCall {
    const report = { repairedEvents: 0, droppedEvents: 0, unknownEvents: 0 };
    let flow: FlowiseFlow;
    try {
      flow = resolveFlow(request, this.config.upstream.flowise);
    } catch (error) {
      return failedCall(error, report);
    }
    const events = this.client.predict(flow, request, report, signal);
    return {
      events,
      report,
      stop: async () => ({
        acknowledged: !events.mayBeRunning || (await this.client.abort(flow, request.sessionId)),
      }),
    };
  }
}
