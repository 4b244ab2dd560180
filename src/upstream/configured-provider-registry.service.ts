import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { errors } from '../platform/errors/errors.js';
import { AssistantProvider } from './assistant/assistant.provider.js';
import { ProviderRegistry, type ChatProvider } from './chat-provider.port.js';
import type { ProviderName } from '../contract/provider.js';
import { FlowiseProvider } from './flowise/flowise.provider.js';
import { OpenAiProvider } from './openai/openai.provider.js';
import { StormProvider } from './storm/storm.provider.js';

/** The providers that exist here. A chatflow may name its own server, so none needs settings to exist. */
@Injectable()
export class ConfiguredProviderRegistry extends ProviderRegistry {
  private readonly providers: ReadonlyMap<ProviderName, ChatProvider>;

  constructor(
    private readonly config: AppConfig,
    assistant: AssistantProvider,
    flowise: FlowiseProvider,
    openai: OpenAiProvider,
    storm: StormProvider,
  ) {
    super();
    const all: readonly ChatProvider[] = [assistant, flowise, openai, storm];
    this.providers = new Map(all.map((provider) => [provider.name, provider]));
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
