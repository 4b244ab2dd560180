import type { Provider, Type } from '@nestjs/common';
import { AgUiController } from './ag-ui/ag-ui.controller.js';
import { AiSdkChats } from './ai-sdk/ai-sdk-chats.service.js';
import { AiSdkController } from './ai-sdk/ai-sdk.controller.js';
import { FlowiseController } from './flowise/flowise.controller.js';
import { ItemReferences } from './openai/item-references.service.js';
import { OpenAiController } from './openai/openai.controller.js';
import { OpenAiModelsController } from './openai/openai-models.controller.js';
import { OpenAiTurns } from './openai/openai-turns.service.js';
import { PredictController } from './predict/predict.controller.js';
import { SessionConversations } from './sessions/session-conversations.service.js';
import { SessionMessagesController } from './sessions/session-messages.controller.js';
import { StormController } from './storm/storm.controller.js';
import { StormTurns } from './storm/storm-turns.service.js';
import { TodoController } from './todo/todo.controller.js';

/** One controller per wire format. */
export const DIALECT_CONTROLLERS: Type[] = [
  PredictController,
  FlowiseController,
  OpenAiController,
  OpenAiModelsController,
  TodoController,
  SessionMessagesController,
  AiSdkController,
  StormController,
  AgUiController,
];

/** What they need besides the turn itself. */
export const DIALECT_PROVIDERS: Provider[] = [
  OpenAiTurns,
  ItemReferences,
  SessionConversations,
  AiSdkChats,
  StormTurns,
];
