import { jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { serverFromSources, ServerProcess } from '../support/server-process.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { startFlowiseReplay, type FlowiseReplay } from '../support/upstream/flowise-replay.js';
import { Gate } from '../support/upstream/gate.js';
import { TestHost, whyNoTestHosts } from './test-host.js';

/** A silent client is to be noticed well within two minutes; with a heartbeat every second, within this time. */
const NOTICED_MS = 80_000;
const AWAY_MS = 20_000;
const HEARTBEAT_MS = 1000;
const ADMIN = { email: 'admin@example.com', password: 'an admin of tests' };
/** More than a small window takes, less than the server's kernel keeps: the server itself is never blocked. */
const LONG_ANSWER = Array.from({ length: 300 }, (_, index) => `${index} `.padEnd(1000, 'x'));

jest.setTimeout(NOTICED_MS + 60_000);

const impossible = whyNoTestHosts();
if (impossible !== undefined && process.env.CI !== undefined)
  throw new Error(`These tests must run in CI: ${impossible}`);
if (impossible !== undefined) process.stdout.write(`Skipped: ${impossible}\n`);
const describeOnHosts = impossible === undefined ? describe : describe.skip;

describeOnHosts(
  `a client that vanishes without a word${impossible ? ` (skipped: ${impossible})` : ''}`,
  () => {
    let upstream: FlowiseReplay;
    let server: ServerProcess;
    let dataDir: string;
    let token = '';
    let vanishedAt: number;
    let returned: Promise<void>;
    let hosts: TestHost[] = [];
    const answered = new Gate();

    interface Asked {
      readonly host: TestHost;
      readonly turnId: string;
      readonly body: Readable;
      text: string;
    }
    let silent: Asked, unplugged: Asked, away: Asked, slow: Asked, slowAndSilent: Asked, moments: Asked;

    beforeAll(async () => {
      upstream = await startFlowiseReplay();
      upstream.respondWith(flowise.hangAfter(['Hello']), 'talks');
      upstream.respondWith(flowise.hangAfter(LONG_ANSWER), 'talks-much');
      upstream.respondWith(flowise.gated(answered, 'Hello', ' again'), 'goes-on');
      dataDir = await mkdtemp(join(tmpdir(), 'tollgate-network-'));
      server = new ServerProcess(
        {
          HOST: '0.0.0.0',
          DATA_DIR: dataDir,
          FLOWISE_API_URL: upstream.url,
          ADMIN_EMAIL: ADMIN.email,
          ADMIN_PASSWORD: ADMIN.password,
          SIGNUP_CREDITS: '100',
          HEARTBEAT_INTERVAL_MS: String(HEARTBEAT_MS),
          UPSTREAM_IDLE_TIMEOUT_MS: '600000',
          CONCURRENT_TURNS: '100',
        },
        serverFromSources,
      );
      if ((await server.listening) === undefined) throw new Error(server.tail);
      token = String((await api('POST', '/auth/login', ADMIN)).access_token);
      await putChatflow('talks', 'stop');
      await putChatflow('talks-much', 'stop');
      await putChatflow('goes-on', 'stop');
      await putChatflow('stops-later', { stopAfterSeconds: 1 }, 'talks');
      answered.release(1);
      [silent, unplugged, moments, away, slow, slowAndSilent] = [
        await ask('talks'),
        await ask('talks'),
        await ask('stops-later'),
        await ask('goes-on'),
        await askAndStopReading('talks-much'),
        await askAndStopReading('talks-much'),
      ];
      // Until the slow readers' windows are full, and everybody has acknowledged what there is.
      await delay(3000);
      vanishedAt = performance.now();
      silent.host.fallSilent();
      unplugged.host.unplug();
      moments.host.fallSilent();
      away.host.fallSilent();
      slowAndSilent.host.fallSilent();
      returned = delay(AWAY_MS).then(() => {
        away.host.comeBack();
      });
    });

    afterAll(async () => {
      for (const host of hosts) host.remove();
      hosts = [];
      await returned;
      await server.kill();
      await upstream.close();
      await rm(dataDir, { recursive: true, force: true });
    });

    it('ends the turn by the policy `stop` when its packets no longer come', () => expectNoticed(silent));

    it('ends the turn by the policy `stop` when its cable is pulled', () => expectNoticed(unplugged));

    it('ends the turn some time later when the policy says so', () => expectNoticed(moments));

    it('ends the turn of one that did not read either', () => expectNoticed(slowAndSilent));

    it('leaves alone who is there but does not read', async () => {
      expect((await api('GET', `/turns/${slow.turnId}`)).status).toBe('running');
    });

    it(`leaves alone who was away for ${AWAY_MS / 1000} s`, async () => {
      await returned;
      answered.release(2);
      const turn = await whenEnded(away.turnId);
      expect(turn).toMatchObject({ status: 'completed', charge: { captured: 3 } });
      while (!away.text.includes('"event":"end"')) await delay(50);
      expect(away.text).toContain(' again');
    });

    async function expectNoticed({ turnId }: Asked): Promise<void> {
      const turn = await whenEnded(turnId);
      const seconds = (Date.parse(String(turn.endedAt)) - (performance.timeOrigin + vanishedAt)) / 1000;
      process.stdout.write(`${expect.getState().currentTestName}: after ${seconds.toFixed(1)} s\n`);
      expect(turn).toMatchObject({ status: 'stopped', charge: { captured: 3 } });
      expect(seconds).toBeGreaterThan(AWAY_MS / 1000);
      expect(seconds).toBeLessThan(NOTICED_MS / 1000);
    }

    /** Asks from a host of its own; resolves once the answer has begun. */
    async function ask(
      chatflow: string,
      prepare: (host: TestHost) => void = () => undefined,
    ): Promise<Asked> {
      const host = new TestHost(hosts.length);
      hosts.push(host);
      prepare(host);
      const url = `http://${host.serverAddress}:${new URL(server.url).port}/predict/stream/store`;
      const body = host.post(url, token, { chatflow_id: chatflow, question: 'Hi' });
      let begun: (turnId: string) => void;
      const turnId = new Promise<string>((resolve) => (begun = resolve));
      const asked = { host, body, text: '', turnId: '' };
      body.setEncoding('utf8').on('data', (chunk: string) => {
        asked.text += chunk;
        const [, found] = /"turn_id":"([^"]+)"/.exec(asked.text) ?? [];
        if (found !== undefined && asked.text.includes('"event":"token"')) begun(found);
      });
      asked.turnId = await turnId;
      return asked;
    }

    async function askAndStopReading(chatflow: string): Promise<Asked> {
      const asked = await ask(chatflow, (host) => {
        host.setReceiveBuffer(8192);
      });
      asked.body.pause();
      return asked;
    }

    async function whenEnded(turnId: string): Promise<Record<string, unknown>> {
      for (;;) {
        const turn = await api('GET', `/turns/${turnId}`);
        if (turn.status !== 'running') return turn;
        await delay(200);
      }
    }

    async function putChatflow(id: string, onDisconnect: unknown, flowId = id): Promise<void> {
      await api('PUT', `/chatflows/${id}`, {
        name: id,
        provider: 'flowise',
        upstream: { flowId },
        price: { credits: 3 },
        access: { public: true },
        onDisconnect,
      });
    }

    async function api(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = (await response.json()) as Record<string, unknown>;
      if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
      return answer;
    }
  },
);
