import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordingLog } from '../support/auth/auth-fixtures.js';
import { lastingPort } from '../support/ports.js';
import { serverFromSources, ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';
import { makeCertificate, type Certificate } from './support/certificate.js';
import { RedisServer } from './support/redis-server.js';
import { startBus } from './support/test-bus.js';

describe('RedisBus over TLS', () => {
  let folder: string;
  let certificate: Certificate;
  let redis: RedisServer;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tollgate-tls-'));
    certificate = await makeCertificate(folder);
    const port = await lastingPort();
    const { ca, cert, key } = certificate;
    redis = await RedisServer.start(
      [
        ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
        ...[
          '--tls-ca-cert-file',
          ca,
          '--tls-cert-file',
          cert,
          '--tls-key-file',
          key,
          '--requirepass',
          'secret',
        ],
      ],
      port,
    );
    url = `rediss://:secret@localhost:${port}`;
  });
  afterAll(async () => {
    await redis.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('trusts the authorities of NODE_EXTRA_CA_CERTS', async () => {
    const settings = { DATA_DIR: join(folder, 'data'), REDIS_URL: url, NODE_EXTRA_CA_CERTS: certificate.ca };
    const server = new ServerProcess(settings, serverFromSources);
    if ((await server.listening) === undefined) throw new Error(server.tail);
    let details: unknown;
    while (JSON.stringify(details) !== '{"redis":"up"}') {
      const report = (await (await fetch(`${server.url}/health/ready`)).json()) as {
        details?: { bus?: unknown };
      };
      details = report.details?.bus;
    }
    await server.kill();
  });

  it('speaks to no server whose authority it does not know, and says why', async () => {
    const log = new RecordingLog();
    const bus = startBus('one', { REDIS_URL: url }, log);
    await until(() => log.lines.length > 0);
    expect(bus.state).toBe('down');
    expect(log.lines[0]?.fields.cause).toMatch(/certificate/);
    await bus.onApplicationShutdown();
  });
});
