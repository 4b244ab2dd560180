import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { errors } from '../errors/errors.js';
import { RepeatingTask } from '../repeating-task.js';
import { currentSpan, placeInTrace } from './current-span.js';
import { NoTracing } from './no-tracing.js';
import { OtelTracing } from './otel-tracing.js';

const REMOTE = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
/** Where a trace may begin. */
const ROOT = { parent: {} };

describe('OtelTracing', () => {
  let exporter: InMemorySpanExporter;
  let tracing: OtelTracing;

  beforeEach(() => {
    exporter = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    tracing = new OtelTracing(provider.getTracer('test'));
  });
  const ended = () => exporter.getFinishedSpans();

  it('puts spans below the one within which they begin, across what is awaited', async () => {
    await tracing.span('outer', { parent: REMOTE }, async () => {
      await Promise.resolve();
      await tracing.span('inner', {}, () => Promise.resolve());
    });
    const [inner, outer] = ended();
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(outer?.parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331', isRemote: true });
    expect(inner?.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
  });

  it.each([
    [{}],
    [{ traceparent: 'nonsense' }],
    [{ traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }],
    [{ traceparent: [REMOTE.traceparent, REMOTE.traceparent] }],
  ])('begins a trace with %o', (parent) => {
    tracing.begin('root', { parent }).end();
    expect(ended()[0]?.parentSpanContext).toBeUndefined();
  });

  it('hands on what the client has said of the trace, unless it says too much', () => {
    const carrierWith = (tracestate: string) => {
      const span = tracing.begin('a', { parent: { ...REMOTE, tracestate } });
      span.end();
      return span.carrier;
    };
    expect(carrierWith('vendor=1').tracestate).toBe('vendor=1');
    expect(carrierWith(`vendor=${'x'.repeat(600)}`)).not.toHaveProperty('tracestate');
  });

  it('tells of an error its kind and none of its words', async () => {
    const failing = tracing.span('failing', ROOT, () => Promise.reject(new TypeError('the secret')));
    await expect(failing).rejects.toThrow('the secret');
    const refused = tracing.span('refused', ROOT, () => Promise.reject(errors.insufficientCredits(2, 1)));
    await expect(refused).rejects.toMatchObject({ code: 'insufficient_credits' });
    expect(ended().map(({ attributes, status }) => [attributes['error.type'], status.code])).toEqual([
      ['TypeError', 2],
      ['insufficient_credits', 0],
    ]);
    expect(
      JSON.stringify(ended().map(({ attributes, events, status }) => [attributes, events, status])),
    ).not.toContain('secret');
  });

  it('tells what others do below a span only within one that records', async () => {
    const work = () =>
      tracing.within(
        'below',
        () => ({}),
        () => Promise.resolve(1),
      );
    expect(await work()).toBe(1);
    const span = tracing.begin('above', ROOT);
    await span.within(work);
    span.end();
    // It goes on in the background when the request is over.
    await span.within(work);
    expect(ended().map(({ name }) => name)).toEqual(['below', 'above']);
  });

  it('says where a line of the log belongs, unless the line says so', () => {
    const span = tracing.begin('a', ROOT);
    expect(span.within(() => placeInTrace({}))).toEqual(span.ids);
    expect(span.within(() => placeInTrace({ trace_id: 'b' }))).toEqual({});
    expect(placeInTrace({})).toEqual({});
    span.end();
  });

  it('begins nothing where there is neither a span nor a parent', async () => {
    expect(tracing.begin('a').isRecorded).toBe(false);
    expect(await tracing.span('b', {}, async (span) => span.isRecorded)).toBe(false);
    expect(ended()).toEqual([]);
  });

  it('has a place to tell for what is not recorded, and no current span', async () => {
    const unrecorded = {
      parent: { traceparent: REMOTE.traceparent.replace(/01$/, '00'), tracestate: 'v=1' },
    };
    await tracing.span('a', unrecorded, async (span) => {
      expect(span.isRecorded).toBe(false);
      expect(span.carrier).toEqual({
        traceparent: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad)[0-9a-f]{16}-00$/),
        tracestate: 'v=1',
      });
      span.within(() => expect(currentSpan.getStore()).toBeUndefined());
      expect(tracing.isActive).toBe(false);
    });
    expect(ended()).toEqual([]);
  });

  it('leaves what repeats itself out of the trace in which it was begun', async () => {
    const seen: unknown[] = [];
    const task = new RepeatingTask(1, () => Promise.resolve(void seen.push(tracing.current.ids)));
    await tracing.span('request', ROOT, async () => task.start());
    while (seen.length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    await task.stop();
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });
});

describe('NoTracing', () => {
  it('only runs the work', async () => {
    const tracing = new NoTracing();
    expect(await tracing.span('a', {}, async (span) => span.within(() => span.carrier))).toEqual({});
    expect(tracing.current.ids).toBeUndefined();
  });
});
