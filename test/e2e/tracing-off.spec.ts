import { spawnSync } from 'node:child_process';

/** What of OpenTelemetry (but its API alone, which prom-client loads) a process has loaded that starts the product's parts with these settings. */
function loadedWith(settings: Readonly<Record<string, string>>): string[] {
  const script = `
    import Module from 'node:module';
    import { loadConfig } from './src/config/load-config.ts';
    import { openTracing } from './src/platform/tracing/open-tracing.ts';
    await import('./src/bootstrap.ts');
    await openTracing(loadConfig(process.env).tracing, { warn() {}, error() {} });
    const names = Object.keys(Module._cache).filter((path) => /@opentelemetry.(?!api.)/.test(path));
    process.stdout.write(JSON.stringify(names));
    process.exit();`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', './test/support/typescript-hook.mjs', '--input-type=module', '--eval', script],
    { env: { PATH: process.env.PATH, NODE_ENV: 'test', ...settings }, encoding: 'utf8' },
  );
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

describe('tracing that is switched off', () => {
  it('is not even loaded', () => {
    expect(loadedWith({})).toEqual([]);
    // The way to look finds it where it is.
    expect(loadedWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }).length).toBeGreaterThan(10);
  });
});
