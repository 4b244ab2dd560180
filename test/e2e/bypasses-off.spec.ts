import { DirectOrderedWriter } from '../../src/persistence/ordered-writes/direct-ordered-writer.service.js';
import { DriverOrderedWriter } from '../../src/persistence/ordered-writes/driver-ordered-writer.service.js';
import { OrderedWriter } from '../../src/persistence/ordered-writes/ordered-writer.port.js';
import { BYPASSES } from '../../src/contract/bypass.js';
import { AppConfig } from '../../src/config/app-config.js';
import { ConfigError } from '../../src/config/config.error.js';
import { loadConfig } from '../../src/config/load-config.js';
import { isEmbedded } from '../support/database-under-test.js';
import { startTestServer } from '../support/test-server.js';

// The product's main job and its framing, as those suites ask for them, with everything done the usual way (docs/bypasses.md). Of the routes one of each
// kind: by Nest's `@Sse()`, by a plain response, and one that breaks off; with `TEST_FULL=1` all of them.
process.env.TEST_BYPASSES_OFF = 'all';
if (process.env.TEST_FULL === undefined)
  process.env.TEST_STREAM_ROUTES =
    'POST /predict/stream/store,POST /v1/chat/completions,POST /api/{userId}/chat/stream';
await import('./main-job.spec.js');
await import('./framing.spec.js');

describe('BYPASSES_OFF', () => {
  const servedBy = async (env: Record<string, string>) => {
    const server = await startTestServer(env);
    try {
      return [server.get(AppConfig).operations.bypassesOff, server.get(OrderedWriter)] as const;
    } finally {
      await server.close();
    }
  };

  it('switches off all, so that the suites of this file do run without', async () => {
    const [off, writer] = await servedBy({});
    expect(off).toEqual(BYPASSES);
    expect(writer).toBeInstanceOf(DriverOrderedWriter);
  });

  it('switches off what it names, and nothing when it is not set', async () => {
    const [off, writer] = await servedBy({ BYPASSES_OFF: 'raw-headers, early-headers' });
    expect(off).toEqual(['early-headers', 'raw-headers']);
    if (isEmbedded) expect(writer).toBeInstanceOf(DirectOrderedWriter);
    expect(loadConfig({}).operations.bypassesOff).toEqual([]);
  });

  it('refuses a name that it does not know', () => {
    expect(() => loadConfig({ BYPASSES_OFF: 'early-headers,erly-headers' })).toThrow(ConfigError);
  });
});
