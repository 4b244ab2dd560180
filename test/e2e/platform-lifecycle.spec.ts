import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestServer } from '../support/test-server.js';

describe('the life of an instance', () => {
  it('finishes a running turn before it closes, refuses new ones meanwhile, and says that it is not ready', async () => {
    const server = await startTestServer({ SHUTDOWN_GRACE_MS: '20000', ASSISTANT_DELAY_MS: '50' });
    const { token } = await server.registerUser();
    const body = { chatflow_id: 'assistant', question: 'Add a task to buy milk' };
    const stream = await server.stream('/predict/stream/store', { token, body });
    const events = stream[Symbol.asyncIterator]();
    await events.next();

    const closed = server.tollgate.close();
    const ready = await server.request.get('/health/ready').expect(503);
    expect(ready.body).toMatchObject({ status: 'not_ready', lifecycle: 'draining' });
    expect(ready.headers.connection).toBe('close');
    const refused = await server.request
      .post('/predict')
      .auth(token, { type: 'bearer' })
      .send(body)
      .expect(503);
    expect(refused.body.code).toBe('overloaded');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);

    const seen: string[] = [];
    for (let next = await events.next(); !next.done; next = await events.next()) {
      if (next.value.json !== undefined) seen.push(next.value.json.event);
    }
    expect(seen.slice(-2)).toEqual(['metadata', 'end']);
    await closed;
    await server.close();
  });

  it('interrupts what still runs when the grace period is over, and charges nothing for it', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-test-'));
    try {
      const first = await startTestServer({ DATA_DIR: dataDir, ASSISTANT_DELAY_MS: '10000' });
      const user = await first.registerUser({ credits: 5 });
      const stream = await first.stream('/predict/stream/store', {
        token: user.token,
        body: { chatflow_id: 'assistant', question: 'help' },
      });
      const events = stream.events();
      await first.close();
      const seen = (await events).map(({ json }) => json);
      expect(seen.at(-2)).toMatchObject({ event: 'error', code: 'turn_interrupted' });
      expect(seen.at(-1)).toMatchObject({ event: 'end' });

      const second = await startTestServer({ DATA_DIR: dataDir });
      const { token } = await second.logIn(user.email, user.password);
      expect(await second.read('/accounting/balance', token)).toEqual({ available: 5, held: 0 });
      await second.close();
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it('leaves nothing open when the port is taken', async () => {
    const first = await startTestServer();
    const { port } = new URL(first.url);
    await expect(startTestServer({ PORT: port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await first.close();
  });
});
