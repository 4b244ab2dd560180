import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';
import { ChatflowStore } from '../../chatflows/chatflow.store.port.js';
import { RetiredChatflowStore } from '../../chatflows/retired-chatflow.store.port.js';
import { CHATFLOW_MODEL, chatflowSchema } from './chatflow.schema.js';
import { MongooseChatflowStore } from './mongoose-chatflow.store.js';
import { MongooseRetiredChatflowStore } from './mongoose-retired-chatflow.store.js';
import { RETIRED_CHATFLOW_MODEL, retiredChatflowSchema } from './retired-chatflow.schema.js';

export const CHATFLOW_MODELS: ModelDefinition[] = [
  { name: CHATFLOW_MODEL, schema: chatflowSchema },
  { name: RETIRED_CHATFLOW_MODEL, schema: retiredChatflowSchema },
];
export const CHATFLOW_STORES: Provider[] = [
  { provide: ChatflowStore, useClass: MongooseChatflowStore },
  { provide: RetiredChatflowStore, useClass: MongooseRetiredChatflowStore },
];
