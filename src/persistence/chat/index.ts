import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';
import { RefundableTurnStore } from '../../accounting/refunds/refundable-turn.store.port.js';
import { ConversationStore } from '../../chat/records/conversation.store.port.js';
import { HistoryStore } from '../../chat/records/history.store.port.js';
import { AttachmentStore } from '../../chat/records/attachment.store.port.js';
import { FeedbackStore } from '../../chat/records/feedback.store.port.js';
import { SearchIndexStore } from '../../chat/search/search-index.store.port.js';
import { TurnStore } from '../../chat/records/turn.store.port.js';
import {
  ATTACHMENT_CHUNK_MODEL,
  ATTACHMENT_MODEL,
  attachmentChunkSchema,
  attachmentSchema,
} from './attachment.schema.js';
import { CONVERSATION_MODEL, conversationSchema } from './conversation.schema.js';
import { MESSAGE_MODEL, messageSchema, SESSION_MODEL, sessionSchema } from './history.schema.js';
import { MongooseAttachmentStore } from './mongoose-attachment.store.js';
import { MongooseConversationStore } from './mongoose-conversation.store.js';
import { MongooseFeedbackStore } from './mongoose-feedback.store.js';
import { MongooseHistoryStore } from './mongoose-history.store.js';
import { MongooseRefundableTurnStore } from './mongoose-refundable-turn.store.js';
import { MongooseSearchIndexStore } from './mongoose-search-index.store.js';
import { MongooseTurnStore } from './mongoose-turn.store.js';
import {
  SEARCH_ENTRY_MODEL,
  SEARCH_STATE_MODEL,
  searchEntrySchema,
  searchStateSchema,
} from './search.schema.js';
import { CHECKPOINT_MODEL, checkpointSchema, TURN_MODEL, turnSchema } from './turn.schema.js';

export const CHAT_MODELS: ModelDefinition[] = [
  { name: TURN_MODEL, schema: turnSchema },
  { name: CHECKPOINT_MODEL, schema: checkpointSchema },
  { name: SESSION_MODEL, schema: sessionSchema },
  { name: MESSAGE_MODEL, schema: messageSchema },
  { name: CONVERSATION_MODEL, schema: conversationSchema },
  { name: ATTACHMENT_MODEL, schema: attachmentSchema },
  { name: ATTACHMENT_CHUNK_MODEL, schema: attachmentChunkSchema },
  { name: SEARCH_ENTRY_MODEL, schema: searchEntrySchema },
  { name: SEARCH_STATE_MODEL, schema: searchStateSchema },
];

export const CHAT_STORES: Provider[] = [
  { provide: TurnStore, useClass: MongooseTurnStore },
  { provide: RefundableTurnStore, useClass: MongooseRefundableTurnStore },
  { provide: HistoryStore, useClass: MongooseHistoryStore },
  { provide: ConversationStore, useClass: MongooseConversationStore },
  { provide: AttachmentStore, useClass: MongooseAttachmentStore },
  { provide: FeedbackStore, useClass: MongooseFeedbackStore },
  { provide: SearchIndexStore, useClass: MongooseSearchIndexStore },
];
