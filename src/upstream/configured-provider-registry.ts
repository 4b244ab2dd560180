import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { errors } from '../platform/errors/errors.js';
import { AssistantProvider } from './assistant/assistant.provider.js';
import { ProviderRegistry, type ChatProvider, type ProviderName } from './chat-provider.port.js';
import { FlowiseProvider } from './flowise/flowise.provider.js';

/** The providers that exist here. A chatflow may name its own Flowise server, so Flowise needs no settings to exist. */
@Injectable()
export class ConfiguredProviderRegistry extends ProviderRegistry {
  private readonly providers: ReadonlyMap<ProviderName, ChatProvider>;

  constructor(
    private readonly config: AppConfig,
    assistant: AssistantProvider,
    flowise: FlowiseProvider,
  ) {
    super();
    this.providers = new Map<ProviderName, ChatProvider>([
      [assistant.name, assistant],
      [flowise.name, flowise],
    ]);
  }

  get(name: ProviderName): ChatProvider {
    const provider = this.providers.get(name);
    if (provider === undefined) throw errors.upstreamUnavailable('This upstream is not set up.');
    return provider;
  }

  isConfigured(name: ProviderName): boolean {
    if (!this.providers.has(name)) return false;
    return name === 'assistant' || this.config.upstream[name] !== undefined;
  }
}
