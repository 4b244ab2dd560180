import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../platform/clock.port.js';
import { CachedChatflowRegistry } from './cached-chatflow-registry.service.js';
import { ChatflowStore, type ChatflowSettings } from './chatflow.store.port.js';

export const ASSISTANT_CHATFLOW_ID = 'assistant';

const ASSISTANT: ChatflowSettings = {
  name: 'Todo assistant',
  provider: 'assistant',
  upstream: {},
  price: { credits: 1 },
  access: { public: true },
  onDisconnect: 'continue',
  chargeOnStop: true,
};

/** Makes the built-in chatflow at start if it is missing; what an admin changed about it stays. */
@Injectable()
export class BuiltInChatflows implements OnApplicationBootstrap {
  constructor(
    private readonly store: ChatflowStore,
    private readonly registry: CachedChatflowRegistry,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.store.insertIfMissing(ASSISTANT_CHATFLOW_ID, ASSISTANT, new Date(this.clock.now()));
    this.registry.invalidate(ASSISTANT_CHATFLOW_ID);
  }
}
