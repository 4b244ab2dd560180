/** @jest-environment node */
import {
  bytesOf,
  decode as decodeWith,
  endsThatPass,
  newReport,
  wrongSplits,
} from '../../../test/support/upstream/decoding.js';
import { flowiseFixtureNames, readFlowiseFixture } from '../../../test/support/upstream/flowise-fixtures.js';
import type { ProviderEvent } from '../../contract/chat-event.js';
import { AppError } from '../../platform/errors/app.error.js';
import type { ProviderReport } from '../chat-provider.port.js';
import { MAX_JSON_DEPTH } from '../../platform/json/json-complexity.js';
import { FlowiseDecoder } from './flowise.decoder.js';

const make = (report: ProviderReport): FlowiseDecoder => new FlowiseDecoder(report);
const meaningOf = (...chunks: readonly Buffer[]) => decodeWith(make, chunks);

function decode(chunks: readonly Buffer[]) {
  const report = newReport();
  const decoder = new FlowiseDecoder(report);
  const events: ProviderEvent[] = [];
  for (const chunk of chunks) {
    if (decoder.outcome === undefined) decoder.push(chunk);
    events.push(...decoder.take());
  }
  if (decoder.outcome === undefined) decoder.end();
  events.push(...decoder.take());
  return { events, outcome: decoder.outcome, report };
}

const countsOf = ({ type: _, ...counts }: ProviderEvent): object => counts;
const frames = (...payloads: unknown[]) =>
  Buffer.from(
    payloads
      .map((one) => `message:\ndata:${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`)
      .join(''),
  );
const END = { event: 'end', data: '[DONE]' };
const decodeFrames = (...payloads: unknown[]) => decode([frames(...payloads)]);

const streams = flowiseFixtureNames()
  .map(readFlowiseFixture)
  .filter(({ headers }) => headers['content-type'] === 'text/event-stream');

describe.each(streams)('the recorded stream $name', ({ body, golden }) => {
  const { outcome, events, sawWork } = golden;
  const usage = events.findLast(({ type }) => type === 'usage');
  const expected = {
    outcome,
    events,
    report: {
      ...newReport(),
      ...(sawWork === true && { sawWork }),
      ...(usage && { usage: countsOf(usage) }),
    },
  };

  it('means what it is known to mean', () => {
    expect(meaningOf(body)).toEqual(expected);
  });

  it('means the same wherever it is split, and byte by byte', () => {
    expect(wrongSplits(make, body)).toEqual([]);
    expect(meaningOf(...bytesOf(body))).toEqual(expected);
  });

  it.each(['\r\n', '\r'])('means the same with %j line ends', (lineEnd) => {
    const bytes = Buffer.from(body.toString('utf8').replaceAll('\n', lineEnd));
    expect(meaningOf(bytes)).toEqual(expected);
    expect(meaningOf(bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1))).toEqual(
      expected,
    );
  });

  it('means the same without its final blank line', () => {
    expect(meaningOf(Buffer.from(body.toString('utf8').trimEnd()))).toEqual(expected);
  });

  it('is a failure wherever it is cut before its end', () => {
    expect(endsThatPass(make, body, body.lastIndexOf('data:'))).toEqual([]);
  });

  it('shows nothing of the upstream configuration', () => {
    const shown = JSON.stringify(meaningOf(body));
    for (const secret of [
      'FLOWISE_CREDENTIAL_ID',
      '7ab0ddc3',
      'basepath',
      'agentModelConfig',
      'ToolConfig',
    ]) {
      expect(shown).not.toContain(secret);
    }
  });
});

describe('FlowiseDecoder', () => {
  describe('between two takes', () => {
    const token = (data: string) => frames({ event: 'token', data });
    const text = (value: string) => [{ type: 'text-delta', text: value }];

    it('joins text', () => {
      const decoder = new FlowiseDecoder(newReport());
      decoder.push(Buffer.concat([token('a'), token('b')]));
      decoder.push(token('c'));
      expect(decoder.take()).toEqual(text('abc'));
      decoder.push(token('d'));
      expect(decoder.take()).toEqual(text('d'));
      decoder.push(token(''));
      expect(decoder.take()).toEqual([]);
    });

    it('never gives half a character', () => {
      const decoder = new FlowiseDecoder(newReport());
      decoder.push(frames('{"event":"token","data":"a\\ud83d"}'));
      expect(decoder.take()).toEqual(text('a'));
      decoder.push(frames('{"event":"token","data":"\\ude00"}'));
      expect(decoder.take()).toEqual(text('😀'));
    });

    it('gives a half that stays alone at the end', () => {
      const decoder = new FlowiseDecoder(newReport());
      decoder.push(frames('{"event":"token","data":"\\ud83d"}'));
      expect(decoder.take()).toEqual([]);
      decoder.push(frames(END));
      expect(decoder.take()).toEqual(text('\ud83d'));
    });
  });

  it('keeps thinking apart from the answer', () => {
    const { events } = decodeFrames(
      { event: 'thinking', data: 'h' },
      { event: 'thinking', data: 'm' },
      { event: 'token', data: 'a' },
      { event: 'thinking', data: '', duration: 3 },
      END,
    );
    expect(events).toEqual([
      { type: 'reasoning-delta', text: 'hm' },
      { type: 'text-delta', text: 'a' },
    ]);
  });

  it('does not count a heartbeat as progress', () => {
    const decoder = new FlowiseDecoder(newReport());
    decoder.push(Buffer.from(':heartbeat\n\n'));
    expect(decoder.progress).toBe(0);
    decoder.push(frames({ event: 'start', data: '' }));
    expect(decoder.progress).toBe(1);
  });

  it('repairs broken events, drops garbage, counts both and goes on', () => {
    const { events, outcome, report } = decodeFrames(
      { event: 'token', data: 'a' },
      'garbage',
      '{"event":"token","data":"b",}',
      '<html>502 Bad Gateway</html>',
      '{"no":"event"}',
      '[1,2',
      { event: 'token', data: { not: 'text' } },
      "{'event':'token','data':'c'",
      END,
    );
    expect(events).toEqual([{ type: 'text-delta', text: 'abc' }]);
    expect(outcome).toBe('done');
    expect(report).toEqual({ repairedEvents: 2, droppedEvents: 5, unknownEvents: 0 });
  });

  it('reads events that lost the blank line between them', () => {
    const bytes = Buffer.from(
      'data:{"event":"token","data":"a"}\ndata:{"event":"token","data":"b"}\ndata:{"event":"end"}\n\n',
    );
    const { events, outcome } = decode([bytes]);
    expect(events).toEqual([{ type: 'text-delta', text: 'ab' }]);
    expect(outcome).toBe('done');
  });

  it('does not mend a cut event into the end of the stream', () => {
    const { outcome } = decode([Buffer.from('data:{"event":"end","da')]);
    expect(outcome).toMatchObject({ code: 'upstream_failed' });
  });

  it('fails after an error, with the events before it and although an end follows', () => {
    const { events, outcome } = decodeFrames(
      { event: 'token', data: 'a' },
      { event: 'error', data: 'Error: predictionsServices.buildChatflow - https://x.test/?key=sk-123456789' },
      END,
    );
    expect(events).toEqual([{ type: 'text-delta', text: 'a' }]);
    expect(outcome).toMatchObject({
      code: 'upstream_failed',
      publicMessage: 'The upstream failed to answer.',
      retryable: true,
    });
  });

  it.each([
    ['03a', /access/, false],
    ['03d', /rate limit/, true],
    ['05a', /access/, false],
    ['02', /failed to answer/, true],
  ])('says why %s failed, without the upstream’s words', (name, message, retryable) => {
    const { outcome } = decode([readFlowiseFixture(name).body]);
    expect(outcome).toMatchObject({ code: 'upstream_failed', retryable });
    const { publicMessage } = outcome as AppError;
    expect(publicMessage).toMatch(message);
    expect(publicMessage).not.toMatch(/predictionsServices|https?:|langchain|terminated/);
  });

  it('takes an abort that nobody here asked for as a failure', () => {
    const { outcome } = decodeFrames({ event: 'token', data: 'a' }, { event: 'abort', data: '[DONE]' }, END);
    expect(outcome).toMatchObject({ code: 'upstream_failed' });
  });

  it('ignores what follows the end', () => {
    const { events } = decodeFrames({ event: 'token', data: 'a' }, END, { event: 'token', data: 'b' });
    expect(events).toEqual([{ type: 'text-delta', text: 'a' }]);
  });

  it('passes unknown events on, counted and without secrets', () => {
    const data = { a: 1, apiKey: 'k', nested: [{ credential: 'c', stack: 's', fine: true }] };
    const { events, report } = decodeFrames({ event: 'newThing', data }, END);
    expect(events).toEqual([
      { type: 'upstream-event', native: { event: 'newThing', data: { a: 1, nested: [{ fine: true }] } } },
    ]);
    expect(report.unknownEvents).toBe(1);
  });

  it('passes nothing on of what stands as JSON inside a text', () => {
    const inside = JSON.stringify({
      fine: true,
      kwargs: JSON.stringify([{ modelConfig: { apiKey: 'k1' } }, 1]),
    });
    const plain = '{ "stack": 1';
    const spaced = '{ "city":  "Stackville" }';
    const { events } = decodeFrames(
      { event: 'agent_trace', data: { step: 'agent_action', action: '{"messageLog":[{"k2":1}]}', inside } },
      { event: 'usedTools', data: [{ tool: 't', toolInput: { a: inside }, toolOutput: inside }] },
      { event: 'newThing', data: { plain, spaced } },
      END,
    );
    expect(JSON.stringify(events)).not.toMatch(/k1|k2|modelConfig/);
    const stripped = JSON.stringify({ fine: true, kwargs: JSON.stringify([{}, 1]) });
    expect(events).toMatchObject([
      { native: { event: 'agent_trace', data: { step: 'agent_action', inside: stripped } } },
      { type: 'tool-call', input: { a: stripped } },
      { type: 'tool-result', output: stripped },
      // What has no internals stays as it came.
      { native: { data: { plain, spaced } } },
    ]);
  });

  it('keeps spoken answers to itself', () => {
    const { events, report } = decodeFrames({ event: 'tts_data', data: 'AAAA' }, END);
    expect(events).toEqual([]);
    expect(report.unknownEvents).toBe(0);
  });

  it('does not show why an agent node failed', () => {
    const data = { nodeId: 'n', nodeLabel: 'L', status: 'ERROR', error: 'connect ECONNREFUSED 10.0.0.1' };
    const { events } = decodeFrames({ event: 'nextAgentFlow', data }, END);
    expect(JSON.stringify(events)).not.toContain('ECONNREFUSED');
  });

  it('adds up the tokens that the nodes report', () => {
    const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
    const { events } = decodeFrames(
      { event: 'usageMetadata', data: usage },
      { event: 'usageMetadata', data: usage },
      END,
    );
    expect(events.at(-1)).toEqual({ type: 'usage', inputTokens: 2, outputTokens: 4, totalTokens: 6 });
  });

  it('pairs results with calls of the same name and input, and marks failed tools', () => {
    const tool = (toolInput: unknown, toolOutput: unknown, error?: string) => ({
      tool: 't',
      toolInput,
      toolOutput,
      error,
    });
    const { events } = decodeFrames(
      { event: 'calledTools', data: [tool(1, ''), tool(1, ''), tool(2, '')] },
      {
        event: 'usedTools',
        data: [tool(2, 'two'), null, tool(1, 'one'), tool(1, 'uno', 'Error: x'), tool(3, 'three')],
      },
      END,
    );
    expect(events.map((event) => 'toolCallId' in event && [event.type, event.toolCallId])).toEqual([
      ['tool-call', 'call_1'],
      ['tool-call', 'call_2'],
      ['tool-call', 'call_3'],
      ['tool-result', 'call_3'],
      ['tool-result', 'call_1'],
      ['tool-result', 'call_2'],
      ['tool-call', 'call_4'],
      ['tool-result', 'call_4'],
    ]);
    expect(events[5]).toMatchObject({ output: 'uno', isError: true });
    expect(events.map((event) => 'native' in event && event.native?.event)).toEqual([
      'calledTools',
      undefined,
      undefined,
      'usedTools',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('survives data nested beyond reason', () => {
    const decodeNested = (depth: number) =>
      decodeFrames(`{"event":"artifacts","data":${'['.repeat(depth)}${']'.repeat(depth)}}`, END);
    const { events, outcome } = decodeNested(MAX_JSON_DEPTH - 1);
    expect(outcome).toBe('done');
    expect(JSON.stringify(events)).toContain('[[null]]');
    expect(decodeNested(MAX_JSON_DEPTH).outcome).toMatchObject({
      publicMessage: 'The upstream sent an event that is too complex.',
    });
  });

  it('fails when one event is too large, with the events before it', () => {
    const bytes = Buffer.concat([frames({ event: 'token', data: 'a' }), Buffer.alloc(5 * 1024 * 1024, 'x')]);
    const { events, outcome } = decode([bytes]);
    expect(events).toEqual([{ type: 'text-delta', text: 'a' }]);
    expect(outcome).toMatchObject({ code: 'upstream_failed' });
  });
});

describe('work behind a stream', () => {
  it.each([
    'calledTools',
    'usedTools',
    'tool',
    'agentReasoning',
    'nextAgent',
    'agentFlowEvent',
    'nextAgentFlow',
    'action',
  ])('is told by %s', (event) => {
    expect(decodeFrames({ event, data: [] }).report.sawWork).toBe(true);
  });

  it('is told by an action inside metadata', () => {
    const metadata = { event: 'metadata', data: { chatId: 'c', action: { id: 'a' } } };
    expect(decodeFrames(metadata, END).report.sawWork).toBe(true);
  });

  it.each(['start', 'token', 'thinking', 'sourceDocuments', 'metadata', 'usageMetadata', 'error', 'end'])(
    'is not told by %s',
    (event) => {
      expect(decodeFrames({ event, data: 'x' }).report.sawWork).toBeUndefined();
    },
  );
});
