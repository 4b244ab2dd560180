import { newReport } from '../../test/support/upstream/decoding.js';
import { sse } from '../../test/support/upstream/behaviours.js';
import { AppError } from '../platform/errors/app.error.js';
import { MAX_JSON_VALUES } from '../platform/json/json-complexity.js';
import { createFlowiseJsonDecoder } from './flowise/flowise-json.decoder.js';
import { MAX_FLOWISE_TOOLS_PER_TURN } from './flowise/flowise-tools.js';
import { FlowiseDecoder } from './flowise/flowise.decoder.js';
import type { StreamDecoder } from './http/stream-decoder.port.js';
import { createOpenAiJsonDecoder } from './openai/openai-json.decoder.js';
import { OpenAiDecoder } from './openai/openai.decoder.js';
import { MAX_SOURCES_PER_TURN } from './sources-bound.js';
import { createStormJsonDecoder } from './storm/storm-json.decoder.js';
import { StormDecoder } from './storm/storm.decoder.js';

const flowise = () => new FlowiseDecoder(newReport());
const storm = () => new StormDecoder(newReport());
const openAi = () => new OpenAiDecoder(newReport());
const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));

/** What comes of a body, and how many events of the turn it was. */
function read(make: () => StreamDecoder, body: string) {
  const decoder = make();
  decoder.push(Buffer.from(body));
  if (decoder.outcome === undefined) decoder.end();
  const { outcome } = decoder;
  const failure = outcome instanceof AppError ? [outcome.code, outcome.publicMessage] : undefined;
  return { outcome: failure ?? outcome, events: decoder.take() };
}

const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const WIDE = JSON.stringify(many(MAX_JSON_VALUES, () => 0));
const failedBy = (message: string) => ({ outcome: ['upstream_failed', message] });

describe.each([
  ['deep', DEEP],
  ['wide', WIDE],
])('an event or a document that is too %s to be parsed fails the turn', (_name, value) => {
  it.each([
    ['a frame of Flowise', flowise, `{"event":"agentReasoning","data":${value}}`],
    ['an error of Flowise', flowise, `{"event":"error","data":${value}}`],
    [
      'a text with JSON and internals in it',
      flowise,
      `{"event":"tool","data":${JSON.stringify(`[${value},"password"]`)}}`,
    ],
    ['a chunk of OpenAI', openAi, `{"choices":[],"usage":${value}}`],
    [
      'arguments of a tool',
      openAi,
      `{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":{"a":${value}}}}]}}]}`,
    ],
    ['what is no chunk', openAi, `{"unknown":${value}}`],
    ['an event of Storm', storm, `{"status":"success","data":{"x":${value}}}`],
  ])('as %s, in a stream and at its end', (_what, make, payload) => {
    for (const end of ['\n\n', '']) {
      const body = `data: ${payload}${end}`;
      expect(read(make, body)).toMatchObject(failedBy('The upstream sent an event that is too complex.'));
    }
  });

  it.each([
    ['Flowise', () => createFlowiseJsonDecoder(newReport()), `{"json":${value}}`],
    ['OpenAI', () => createOpenAiJsonDecoder().decoder, `{"unknown":${value}}`],
    ['Storm', () => createStormJsonDecoder().decoder, `{"status":"success","data":${value}}`],
  ])('as a document of %s', (_what, make, body) => {
    expect(read(make, body)).toMatchObject(failedBy('The upstream sent an answer that is too complex.'));
  });
});

describe('the tools of a flow', () => {
  const tools = (count: number, from = 0) =>
    many(count, (i) => ({ tool: 'find', toolInput: { n: i + from }, toolOutput: i }));
  const frame = (event: string, data: unknown) => sse({ event, data });
  const END = frame('end', '[DONE]');

  it('belong to each other in whatever order they are used, also those that are alike', () => {
    const alike = many(3, () => ({ tool: 'roll', toolInput: {}, toolOutput: 6 }));
    const all = [...tools(MAX_FLOWISE_TOOLS_PER_TURN - 3), ...alike];
    const { outcome, events } = read(
      flowise,
      frame('calledTools', all) + frame('calledTools', all) + frame('usedTools', all.toReversed()) + END,
    );
    expect(outcome).toBe('done');
    const of = (type: string) =>
      events.filter((event) => event.type === type) as { toolCallId: string; input: unknown }[];
    const inputs = new Map(of('tool-call').map(({ toolCallId, input }) => [toolCallId, input]));
    const results = of('tool-result');
    expect([inputs.size, results.length]).toEqual([all.length, all.length]);
    expect(results.every(({ toolCallId, input }) => inputs.get(toolCallId) === input)).toBe(true);
    expect(new Set(results.map(({ toolCallId }) => toolCallId)).size).toBe(all.length);
  });

  it.each(['calledTools', 'usedTools'])(
    'fail the turn when %s tells of more than a turn may use',
    (event) => {
      const full = frame(event, tools(MAX_FLOWISE_TOOLS_PER_TURN));
      expect(read(flowise, full + END)).toMatchObject({ outcome: 'done' });
      const more = full + frame(event, tools(1, MAX_FLOWISE_TOOLS_PER_TURN)) + END;
      expect(read(flowise, more)).toMatchObject(failedBy('The upstream used more tools than a turn may.'));
    },
  );
});

describe('the sources of a turn', () => {
  const TOO_MANY = failedBy('The upstream sent more sources than a turn may have.');
  const documents = (count: number) => many(count, (i) => ({ pageContent: String(i), metadata: {} }));
  const contexts = (count: number) => many(count, (i) => ({ id: String(i), context: 'x' }));
  const told = (list: unknown) => sse({ status: 'success', data: { contexts: list } });
  const FINAL = sse({ status: 'success', data: { is_final_event: true } });

  it('are bounded for a flow, in all of its events together', () => {
    const frames = (...counts: readonly number[]) =>
      [...counts.map((count) => ({ event: 'sourceDocuments', data: documents(count) })), { event: 'end' }]
        .map(sse)
        .join('');
    const half = MAX_SOURCES_PER_TURN / 2;
    expect(read(flowise, frames(half, half))).toMatchObject({ outcome: 'done' });
    expect(read(flowise, frames(half, half, 1))).toMatchObject(TOO_MANY);
  });

  it('are told once when Storm repeats them with each list, and bounded', () => {
    const lists = many(40, (i) => told(contexts(i + 1))).join('');
    const { outcome, events } = read(storm, lists + FINAL);
    expect(outcome).toBe('done');
    const sources = events.flatMap((event) => (event.type === 'sources' ? event.sources : []));
    expect(sources.map(({ id }) => id)).toEqual(many(40, String));
    expect(read(storm, told(contexts(MAX_SOURCES_PER_TURN)) + FINAL)).toMatchObject({ outcome: 'done' });
    expect(read(storm, told(contexts(MAX_SOURCES_PER_TURN + 1)) + FINAL)).toMatchObject(TOO_MANY);
  });
});
