import { Module } from '@nestjs/common';
import { AssistantProvider } from './assistant/assistant.provider.js';
import { ProviderRegistry } from './chat-provider.port.js';
import { ConfiguredProviderRegistry } from './configured-provider-registry.service.js';
import { FlowiseProvider } from './flowise/flowise.provider.js';
import { OpenAiProvider } from './openai/openai.provider.js';
import { Circuits } from './resilience/circuits.service.js';
import { ResilientUpstreamCaller } from './resilience/resilient-upstream-caller.service.js';
import { StormProvider } from './storm/storm.provider.js';
import { UpstreamCaller } from './upstream-caller.port.js';
import { UpstreamsController } from './resilience/upstreams.controller.js';
import { UpstreamAgent } from './http/upstream-agent.service.js';
import { UpstreamHttp } from './http/upstream-http.service.js';

/** Whatever answers: one provider per kind of upstream, found by name. */
@Module({
  controllers: [UpstreamsController],
  providers: [
    UpstreamAgent,
    UpstreamHttp,
    AssistantProvider,
    FlowiseProvider,
    OpenAiProvider,
    StormProvider,
    { provide: ProviderRegistry, useClass: ConfiguredProviderRegistry },
    Circuits,
    { provide: UpstreamCaller, useClass: ResilientUpstreamCaller },
  ],
  exports: [ProviderRegistry, UpstreamCaller],
})
export class UpstreamModule {}
