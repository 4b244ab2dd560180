import {
  INTEGER,
  literal,
  object,
  ref,
  STRING,
  union,
  type NamedSchemas,
} from '../../../platform/swagger/schemas.js';
import { FINISH_REASONS } from '../../../contract/chat-event.js';
import { event, FURTHER_EVENTS, SHARED_EVENTS } from '../flowise/flowise.schemas.js';

export const PREDICT_SCHEMAS: NamedSchemas = {
  FinishReason: {
    type: 'string',
    enum: [...FINISH_REASONS],
    description: 'Why the answer ended; `length` and `content-filter`: it is not whole.',
  },
  TokenUsage: object(
    'Tokens as the upstream counts them.',
    {},
    { inputTokens: INTEGER, outputTokens: INTEGER, totalTokens: INTEGER },
  ),
  SessionIdEvent: object('Always first; `data` is the session.', {
    event: literal('session_id'),
    data: STRING,
    chatflow_id: STRING,
    timestamp: { type: 'string', format: 'date-time' },
    status: literal('streaming_started'),
    turn_id: STRING,
  }),
  UsageMetadataEvent: event('usageMetadata', 'Tokens as the upstream counts them.', ref('TokenUsage')),
  MetadataEvent: event(
    'metadata',
    'After settlement, only when the turn completed: both messages are stored, the price is charged.',
    object(
      'The turn in figures.',
      {
        sessionId: STRING,
        turnId: STRING,
        chatflowId: STRING,
        messageId: STRING,
        charged: INTEGER,
        repairedEvents: INTEGER,
        droppedEvents: INTEGER,
      },
      { finishReason: ref('FinishReason'), usage: ref('TokenUsage') },
    ),
  ),
  ErrorEvent: object(
    'The turn did not complete; `data` is a message for people.',
    { event: literal('error'), data: STRING, code: ref('ErrorCode'), turnId: STRING },
    { retryAfterSeconds: INTEGER },
  ),
  PredictStreamEvent: union(`One event of an answer’s stream. ${FURTHER_EVENTS}`, 'event', {
    session_id: 'SessionIdEvent',
    ...SHARED_EVENTS,
    usageMetadata: 'UsageMetadataEvent',
    metadata: 'MetadataEvent',
    error: 'ErrorEvent',
    end: 'EndEvent',
  }),
  StoredFlowiseEvent: union(
    `One event of a stored answer in Flowise’s shape, adjacent tokens joined. ${FURTHER_EVENTS}`,
    'event',
    { ...SHARED_EVENTS, usageMetadata: 'UsageMetadataEvent' },
  ),
};
