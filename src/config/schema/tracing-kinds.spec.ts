import { loadConfig } from '../load-config.js';
import { attributePairs, headerPairs, ratio } from './tracing-kinds.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('what OpenTelemetry writes into the environment', () => {
  it.each([
    ['api-key=s%20e=c', { 'api-key': 's e=c' }],
    [' a = 1 ,b=2,', { a: '1', b: '2' }],
    ['a', undefined],
    ['a=%zz', undefined],
    ['a b=1', undefined],
    ['a=%0d%0ax:1', undefined],
  ])('reads the headers %j', (text, pairs) => {
    expect(headerPairs().parse(text)).toEqual(pairs);
  });

  it('reads attributes and shares', () => {
    expect(attributePairs().parse('service.name=ä,x=')).toEqual({ 'service.name': 'ä', x: '' });
    expect(['0', '0.25', '1', '.5'].map((text) => ratio().parse(text))).toEqual([0, 0.25, 1, 0.5]);
    expect(['-1', '1.1', 'x', ''].map((text) => ratio().parse(text))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('traces where an endpoint says where to, and nothing says not to', () => {
    expect(loadConfig({}).tracing).toBeUndefined();
    expect(loadConfig({ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }).tracing).toBeUndefined();
    expect(loadConfig({ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }).tracing).toBeUndefined();
    expect(
      loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/otlp/' }).tracing?.export.url,
    ).toBe('http://collector:4318/otlp/v1/traces');
    const own = { ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces/here' };
    expect(loadConfig(own).tracing?.export.url).toBe('http://traces/here');
  });

  it('lets what is said of traces count before what is said of all', () => {
    const { tracing } = loadConfig({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=1',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'b=2',
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '200',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,team=chat',
    });
    expect(tracing?.export).toMatchObject({
      headers: { a: '1', b: '2' },
      timeoutMs: 200,
      compression: 'none',
    });
    expect(tracing?.resource).toEqual({ 'service.name': 'other', team: 'chat' });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'secret'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '10'],
  ])('refuses %s=%s and shows no value', (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(/OTEL_/);
    expect(() => loadConfig({ [name]: value })).not.toThrow(value);
  });

  it('tells of what it does not know', () => {
    expect(loadConfig({ ...ENDPOINT, OTEL_PROPAGATORS: 'b3' }).notices).toEqual([
      'OTEL_PROPAGATORS is not a setting of Tollgate and has no effect.',
    ]);
  });
});
