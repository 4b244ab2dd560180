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
} from '../../platform/swagger/schemas.js';

const CALL = { toolCallId: { ...STRING, description: 'Pairs a call with its result.' }, toolName: STRING };

/** One event of a stored answer, told by its `type`. */
export const STORED_EVENT_SCHEMAS: NamedSchemas = {
  TextEvent: object('Text of the answer.', { type: literal('text-delta'), text: STRING }),
  ReasoningEvent: object('The model’s reasoning.', { type: literal('reasoning-delta'), text: STRING }),
  ToolCallEvent: object(
    'A tool that was called.',
    { type: literal('tool-call'), ...CALL, input: ref('JsonValue') },
    {
      clientArguments: {
        ...STRING,
        description: 'There when the client has to run the tool: the arguments as the model wrote them.',
      },
    },
  ),
  ToolResultEvent: object(
    'What came of a tool.',
    { type: literal('tool-result'), ...CALL, output: ref('JsonValue') },
    { input: ref('JsonValue'), isError: BOOLEAN },
  ),
  Source: object(
    'A document that the answer rests on.',
    {},
    { id: STRING, title: STRING, url: STRING, text: STRING, metadata: ref('JsonObject') },
  ),
  SourcesEvent: object('Documents that the answer rests on.', {
    type: literal('sources'),
    sources: listOf(ref('Source')),
  }),
  UsageEvent: object(
    'Tokens as the upstream counts them.',
    { type: literal('usage') },
    { inputTokens: INTEGER, outputTokens: INTEGER, totalTokens: INTEGER },
  ),
  InputRequestEvent: object(
    'An agent waits for a human.',
    { type: literal('input-request'), requestId: STRING, prompt: STRING },
    { choices: listOf(STRING) },
  ),
  StoredEvent: union('One event of a stored answer.', 'type', {
    'text-delta': 'TextEvent',
    'reasoning-delta': 'ReasoningEvent',
    'tool-call': 'ToolCallEvent',
    'tool-result': 'ToolResultEvent',
    sources: 'SourcesEvent',
    usage: 'UsageEvent',
    'input-request': 'InputRequestEvent',
  }),
};
