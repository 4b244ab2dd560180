import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';
import { ChatflowStore } from '../../chatflows/chatflow.store.port.js';
import { CHATFLOW_MODEL, chatflowSchema } from './chatflow.schema.js';
import { MongooseChatflowStore } from './mongoose-chatflow.store.js';

export const CHATFLOW_MODELS: ModelDefinition[] = [{ name: CHATFLOW_MODEL, schema: chatflowSchema }];
export const CHATFLOW_STORES: Provider[] = [{ provide: ChatflowStore, useClass: MongooseChatflowStore }];
