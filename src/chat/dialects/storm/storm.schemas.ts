import {
  BOOLEAN,
  INTEGER,
  listOf,
  literal,
  object,
  ref,
  STRING,
  union,
  type NamedSchemas,
} from '../../../platform/swagger/schemas.js';

export const STORM_SCHEMAS: NamedSchemas = {
  StormStreamData: object(
    'A piece of the message, all contexts so far, or the final event.',
    {},
    {
      id: { ...STRING, description: 'Of the answer.' },
      task_id: { ...STRING, description: 'The turn.' },
      model: { ...STRING, description: 'The chatflow.' },
      threadId: STRING,
      message: object('A piece of the answer.', { content: STRING }),
      contexts: listOf(ref('StormContext')),
      is_final_event: { ...BOOLEAN, description: 'The answer is stored and charged.' },
    },
  ),
  StormSuccessEvent: object('Something of the answer.', {
    status: literal('success'),
    data: ref('StormStreamData'),
  }),
  StormErrorEvent: object('In place of the final event: the turn did not complete.', {
    status: literal('error'),
    message: STRING,
    error: object(
      'What happened.',
      { code: ref('ErrorCode'), message: STRING },
      { retryAfterSeconds: INTEGER },
    ),
  }),
  StormStreamEvent: union('One event of Storm’s stream.', 'status', {
    success: 'StormSuccessEvent',
    error: 'StormErrorEvent',
  }),
};
