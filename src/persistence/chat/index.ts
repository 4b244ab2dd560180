import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';
import { HistoryStore } from '../../chat/history/history-store.port.js';
import { TurnStore } from '../../chat/turn/turn-store.port.js';
import { MESSAGE_MODEL, SESSION_MODEL, messageSchema, sessionSchema } from './history.schema.js';
import { MongooseHistoryStore } from './mongoose-history.store.js';
import { MongooseTurnStore } from './mongoose-turn.store.js';
import { CHECKPOINT_MODEL, TURN_MODEL, checkpointSchema, turnSchema } from './turn.schema.js';

export const CHAT_MODELS: ModelDefinition[] = [
  { name: TURN_MODEL, schema: turnSchema },
  { name: CHECKPOINT_MODEL, schema: checkpointSchema },
  { name: SESSION_MODEL, schema: sessionSchema },
  { name: MESSAGE_MODEL, schema: messageSchema },
];

export const CHAT_STORES: Provider[] = [
  { provide: TurnStore, useClass: MongooseTurnStore },
  { provide: HistoryStore, useClass: MongooseHistoryStore },
];
