import { literal, object, STRING, union, type NamedSchemas } from '../../../platform/swagger/schemas.js';

export const SESSIONS_SCHEMAS: NamedSchemas = {
  SessionStartEvent: object('Always first.', { type: literal('start'), messageId: STRING }),
  SessionTokenEvent: object('A piece of the answer.', { type: literal('token'), content: STRING }),
  SessionEndEvent: object('The answer is stored and charged.', { type: literal('end'), messageId: STRING }),
  SessionErrorEvent: object('The turn did not complete.', { type: literal('error'), error: STRING }),
  SessionStreamEvent: union('One event of a session’s stream.', 'type', {
    start: 'SessionStartEvent',
    token: 'SessionTokenEvent',
    end: 'SessionEndEvent',
    error: 'SessionErrorEvent',
  }),
};
