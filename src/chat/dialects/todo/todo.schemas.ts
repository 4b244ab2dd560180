import { literal, object, ref, STRING, union, type NamedSchemas } from '../../../platform/swagger/schemas.js';

export const TODO_SCHEMAS: NamedSchemas = {
  StreamDone: { ...literal('[DONE]'), description: 'Stands behind the last event; no JSON.' },
  TodoStartEvent: object('Always first.', { type: literal('start'), conversation_id: STRING }),
  TodoThinkingEvent: object('What the agent thinks.', { type: literal('thinking'), message: STRING }),
  TodoTextEvent: object('A piece of the answer.', { type: literal('text'), content: STRING }),
  TodoToolCallEvent: object('A tool that is called; its arguments as text.', {
    type: literal('tool_call'),
    name: STRING,
    arguments: STRING,
  }),
  TodoToolResultEvent: object('What came of a tool, as text.', {
    type: literal('tool_result'),
    name: STRING,
    result: STRING,
  }),
  TodoDoneEvent: object('The answer is stored and charged.', { type: literal('done') }),
  TodoErrorEvent: object('The turn did not complete.', { type: literal('error'), message: STRING }),
  TodoEvent: union('One event of the todo assistant’s stream.', 'type', {
    start: 'TodoStartEvent',
    thinking: 'TodoThinkingEvent',
    text: 'TodoTextEvent',
    tool_call: 'TodoToolCallEvent',
    tool_result: 'TodoToolResultEvent',
    done: 'TodoDoneEvent',
    error: 'TodoErrorEvent',
  }),
  TodoStreamEvent: {
    description: 'What stands behind `data:` in the todo assistant’s stream.',
    anyOf: [ref('TodoEvent'), ref('StreamDone')],
  },
};
