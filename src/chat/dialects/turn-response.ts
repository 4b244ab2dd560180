import { eventStream, eventStreamDescription } from '../../platform/swagger/event-stream.js';
import { ref } from '../../platform/swagger/schemas.js';

const STRING = { type: 'string' } as const;

/** The headers of every answer that begins a turn, as `setTurnHeaders` sets them. */
export const TURN_HEADERS = {
  'X-Turn-Id': {
    description: 'The turn: read it, follow it, stop it.',
    schema: STRING,
    example: '0199a1c2-3333-7abc-8def-000000000003',
  },
  'X-Session-Id': {
    description: 'The session, percent-encoded.',
    schema: STRING,
    example: '0199a1c2-1111-7abc-8def-000000000001',
  },
  'X-Ignored-Options': { description: 'What was asked for and left out, if anything.', schema: STRING },
  RateLimit: { description: 'What is left of the rate.', schema: STRING, example: '"default";r=19;t=42' },
  'RateLimit-Policy': { description: 'The rate.', schema: STRING, example: '"default";q=20;w=60' },
};

/** What an operation answers that tells the whole answer too. */
interface WholeAnswer {
  /** Name of its schema. */
  readonly schema: string;
  readonly example?: object;
}

/**
 * The answer of an operation that begins a turn and streams.
 * @param schema name of the schema of an event
 * @param example a whole stream as it comes
 * @param whole for operations that answer either, as the request says
 */
export function streamedAnswer(schema: string, example: string, whole?: WholeAnswer) {
  const json = whole && {
    'application/json': {
      schema: ref(whole.schema),
      ...(whole.example === undefined ? {} : { example: whole.example }),
    },
  };
  return {
    description: eventStreamDescription(schema, example),
    headers: TURN_HEADERS,
    // The whole answer first: of two kinds generators take the first that they can read.
    content: { ...json, ...eventStream(schema, example) },
  };
}
