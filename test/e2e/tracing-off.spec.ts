import { spawnSync } from 'node:child_process';

/** What a process of its own writes as JSON that runs the script with these settings: jest watches promises itself, and has loaded more. */
function told<T>(script: string, settings: Readonly<Record<string, string>>): T {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', './test/support/typescript-hook.mjs', '--input-type=module', '--eval', script],
    { env: { PATH: process.env.PATH, NODE_ENV: 'test', ...settings }, encoding: 'utf8' },
  );
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

const BEGINNING = `
  import Module from 'node:module';
  import { executionAsyncId } from 'node:async_hooks';
  import { loadConfig } from './src/config/load-config.ts';
  import { openTracing } from './src/platform/tracing/open-tracing.ts';
  const open = () => openTracing(loadConfig(process.env).tracing, { warn() {}, error() {} });
  const tell = (value) => process.stdout.write(JSON.stringify(value), () => process.exit());`;

/** What of OpenTelemetry (but its API alone, which prom-client loads) a process has loaded that starts the product's parts with these settings. */
const LOADED = `${BEGINNING}
  await import('./src/bootstrap.ts');
  await open();
  tell(Object.keys(Module._cache).filter((path) => /@opentelemetry.(?!api.)/.test(path)));`;

/** Whether promises are watched, which every one of the process pays for: before, in what is not recorded, in what is, and behind it. */
const WATCHED = `${BEGINNING}
  const { tracing } = await open();
  const isWatched = async () => {
    // What is switched off is so behind the next microtask.
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.resolve();
    // Promises have ids as long as somebody watches them.
    return executionAsyncId() !== 0;
  };
  const unrecorded = { parent: { traceparent: '00-${'1'.repeat(32)}-${'1'.repeat(16)}-00' } };
  const below = () => tracing.span('below', {}, isWatched);
  tell([
    await isWatched(),
    await tracing.span('unrecorded', unrecorded, below),
    await tracing.span('recorded', { parent: {} }, below),
    await isWatched(),
  ]);`;
const ON = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };

describe('tracing that is switched off', () => {
  it('is not even loaded', () => {
    expect(told<string[]>(LOADED, {})).toEqual([]);
    // The way to look finds it where it is.
    expect(told<string[]>(LOADED, ON).length).toBeGreaterThan(10);
  });
});

describe('what is not recorded', () => {
  it('costs no promise of the process anything', () => {
    // From Node 24 on a storage watches nothing at all.
    const [major] = process.versions.node.split('.').map(Number);
    expect(told(WATCHED, ON)).toEqual([false, false, (major ?? 0) < 24, false]);
  });
});
