import { Module } from '@nestjs/common';
import { BuiltInChatflows } from './built-in-chatflows.service.js';
import { CachedChatflowRegistry } from './cached-chatflow-registry.service.js';
import { ChatflowAccess } from './chatflow-access.port.js';
import { ChatflowFinder } from './chatflow-finder.service.js';
import { ChatflowRegistry } from './chatflow-registry.port.js';
import { ChatflowsController } from './chatflows.controller.js';
import { ChatflowsService } from './chatflows.service.js';
import { RuleChatflowAccess } from './rule-chatflow-access.service.js';

/** What users can ask, at what price, and who may. */
@Module({
  controllers: [ChatflowsController],
  providers: [
    BuiltInChatflows,
    CachedChatflowRegistry,
    ChatflowFinder,
    ChatflowsService,
    { provide: ChatflowRegistry, useExisting: CachedChatflowRegistry },
    { provide: ChatflowAccess, useClass: RuleChatflowAccess },
  ],
  exports: [ChatflowRegistry, ChatflowAccess, ChatflowFinder, ChatflowsService],
})
export class ChatflowsModule {}
