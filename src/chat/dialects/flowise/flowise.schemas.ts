import {
  INTEGER,
  listOf,
  literal,
  object,
  oneOfTexts,
  ref,
  STRING,
  union,
  type NamedSchemas,
  type Schema,
} from '../../../platform/swagger/schemas.js';

/** Events of a flow that only Flowise's own clients have a use for; see `KNOWN_WITHOUT_MEANING` of its decoder. */
export const FLOW_EVENTS = [
  'agentReasoning',
  'nextAgent',
  'agentFlowEvent',
  'nextAgentFlow',
  'artifacts',
  'fileAnnotations',
  'tool',
] as const;

/** Members of every union of Flowise's events, by the event's name. */
export const SHARED_EVENTS: Readonly<Record<string, string>> = {
  token: 'TokenEvent',
  thinking: 'ThinkingEvent',
  calledTools: 'CalledToolsEvent',
  usedTools: 'UsedToolsEvent',
  sourceDocuments: 'SourceDocumentsEvent',
  action: 'ActionEvent',
  ...Object.fromEntries(FLOW_EVENTS.map((name) => [name, 'FlowEvent'])),
};

/** What to make of events that are not in a union. */
export const FURTHER_EVENTS = 'A flow may send events of further names; skip what you do not know.';

/** One of Flowise's events: a name, and its data. */
export function event(name: string, description: string, data: Schema): Schema {
  return object(description, { event: literal(name), data });
}

export const FLOWISE_SCHEMAS: NamedSchemas = {
  FlowiseHistoryEntry: object(
    'Something that was said before, as `{role, content}` or in the older form `{type, message}`.',
    {},
    { role: STRING, content: STRING, type: STRING, message: STRING },
  ),
  UsedTool: object(
    'A tool that a flow has called.',
    { tool: STRING },
    {
      toolInput: ref('JsonValue'),
      toolOutput: ref('JsonValue'),
      toolCallId: STRING,
      error: ref('JsonValue'),
    },
  ),
  SourceDocument: object(
    'A document that the answer rests on, as Flowise shows it.',
    { pageContent: STRING },
    { metadata: ref('JsonObject') },
  ),
  Action: object(
    'An agent waits for a human, with all that its flow says of the question.',
    { id: STRING },
    {
      prompt: STRING,
      choices: listOf(STRING),
      mapping: ref('JsonObject'),
      elements: listOf(ref('JsonObject')),
      data: object('The node that asks.', {}, { nodeId: STRING, nodeLabel: STRING }),
    },
  ),
  TokenEvent: event('token', 'A piece of the answer’s text.', STRING),
  ThinkingEvent: event('thinking', 'A piece of the model’s reasoning.', STRING),
  CalledToolsEvent: event('calledTools', 'Tools that are called.', listOf(ref('UsedTool'))),
  UsedToolsEvent: event('usedTools', 'Tools that were called, with their results.', listOf(ref('UsedTool'))),
  SourceDocumentsEvent: event(
    'sourceDocuments',
    'Documents that the answer rests on.',
    listOf(ref('SourceDocument')),
  ),
  ActionEvent: event('action', 'An agent waits for a human.', ref('Action')),
  FlowEvent: object('An event of the flow, passed on as it came.', {
    event: oneOfTexts(...FLOW_EVENTS),
    data: ref('JsonValue'),
  }),
  EndEvent: event('end', 'Always last.', literal('[DONE]')),
  FlowiseStartEvent: event('start', 'Always first.', STRING),
  FlowiseUsageEvent: event(
    'usageMetadata',
    'Tokens as the upstream counts them.',
    object('Counts.', {}, { input_tokens: INTEGER, output_tokens: INTEGER, total_tokens: INTEGER }),
  ),
  FlowiseMetadataEvent: event(
    'metadata',
    'After settlement, when the turn has completed.',
    object('What Flowise says of an answer.', {
      chatId: STRING,
      chatMessageId: STRING,
      question: STRING,
      sessionId: STRING,
      finishReason: ref('FinishReason'),
    }),
  ),
  FlowiseErrorEvent: event('error', 'The turn did not complete: a public message.', STRING),
  FlowiseStreamEvent: union(`One event of a streamed prediction. ${FURTHER_EVENTS}`, 'event', {
    start: 'FlowiseStartEvent',
    ...SHARED_EVENTS,
    usageMetadata: 'FlowiseUsageEvent',
    metadata: 'FlowiseMetadataEvent',
    error: 'FlowiseErrorEvent',
    end: 'EndEvent',
  }),
};
