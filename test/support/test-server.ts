import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getConnectionToken } from '@nestjs/mongoose';
import mongoose, { type Connection } from 'mongoose';
import supertest from 'supertest';
import { startTollgate, type RunningTollgate, type StartOptions } from '../../src/bootstrap.js';
import { loadConfig } from '../../src/config/load-config.js';
import { newId } from '../../src/platform/ids.js';
import { isEmbedded, startDatabaseUnderTest } from './database-under-test.js';
import { openEventStream, type EventStream, type StreamRequest } from './event-stream.js';
import { expectToFit } from './misfits.js';
import { prepareData } from './prepared-data.js';
import { COLLECTIONS_WITHOUT_MODEL } from './without-model.js';

const SIGNUP_CREDITS = 100;
const PASSWORD = 'correct horse battery';
const ADMIN = { email: 'admin@example.com', password: 'an admin of tests' };

export interface TestUser {
  readonly userId: string;
  readonly email: string;
  readonly password: string;
  /** An access token. */
  readonly token: string;
}

/** The whole application on a port and in a data folder of its own. */
export class TestServer {
  readonly url: string;
  /** Supertest bound to the running server: `request.get('/x').auth(token, { type: 'bearer' })`. */
  readonly request: ReturnType<typeof supertest.agent>;
  private adminUser: Promise<TestUser> | undefined;

  constructor(
    readonly tollgate: RunningTollgate,
    /** The data folder; gone after `close`, unless the test gave it. */
    readonly dataDir: string,
    private readonly signupCredits: number,
    private readonly closeData: () => Promise<void>,
  ) {
    this.url = tollgate.url;
    this.request = supertest.agent(tollgate.url);
  }

  /** A service of the application, whatever module it lives in. */
  get<T>(token: abstract new (...args: never[]) => T): T {
    return this.tollgate.app.get<T>(token, { strict: false });
  }

  /** A new user who is logged in. @param credits what they have to spend; the sign-up grant when it is not given */
  async registerUser({ credits }: { credits?: number } = {}): Promise<TestUser> {
    const email = `user-${newId()}@example.com`;
    const { body } = await this.request
      .post('/auth/register')
      .send({ email, password: PASSWORD })
      .expect(201);
    const token = await this.tokenOf(email, PASSWORD);
    const user = { userId: String(body.userId), email, password: PASSWORD, token };
    if (credits !== undefined && credits !== this.signupCredits) {
      const admin = await this.admin();
      await this.request
        .post(`/accounting/accounts/${user.userId}/adjustments`)
        .auth(admin.token, { type: 'bearer' })
        .set('Idempotency-Key', newId())
        .send({ amount: credits - this.signupCredits, reason: 'test' })
        .expect(201);
    }
    return user;
  }

  /** The admin that the settings name, logged in once. */
  admin(): Promise<TestUser> {
    this.adminUser ??= this.logIn(ADMIN.email, ADMIN.password);
    return this.adminUser;
  }

  async logIn(email: string, password: string): Promise<TestUser> {
    const token = await this.tokenOf(email, password);
    const { body: me } = await this.request.get('/auth/me').auth(token, { type: 'bearer' }).expect(200);
    return { userId: String(me.userId), email, password, token };
  }

  private async tokenOf(email: string, password: string): Promise<string> {
    const { body } = await this.request.post('/auth/login').send({ email, password }).expect(200);
    return String(body.access_token);
  }

  /** `GET`, authenticated, as JSON. */
  async read(path: string, token: string): Promise<Record<string, unknown>> {
    const { body } = await this.request.get(path).auth(token, { type: 'bearer' }).expect(200);
    return body as Record<string, unknown>;
  }

  /** Opens an event stream over a socket of its own: `POST` with a body, else `GET`. Resolves with the headers. */
  stream(path: string, options: StreamRequest = {}): Promise<EventStream> {
    return openEventStream(`${this.url}${path}`, options);
  }

  /** Stops like a real instance (running turns at once) and removes the data. @throws Error when what was stored is not what the schemas say */
  async close(): Promise<void> {
    try {
      await this.expectDocumentsToFit();
    } finally {
      await this.tollgate.close();
      await this.closeData();
    }
  }

  /** What no hand has written into a test fits too: the events of every upstream, and all that turns leave however they end. */
  private async expectDocumentsToFit(): Promise<void> {
    const connection = this.tollgate.app.get<Connection>(getConnectionToken(), { strict: false });
    // A test may have closed the instance itself, and its database with it.
    if (connection.readyState === mongoose.STATES.connected)
      await expectToFit(connection, COLLECTIONS_WITHOUT_MODEL);
  }
}

/**
 * A database of its own for each data folder, so that a restart finds its data there too: with `npm run test:db -- --uri …` on that server, with `TEST_MONGODB` on
 * one that is here as long as the application; else the application starts its own.
 */
async function databaseOf(dataDir: string): Promise<{
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}> {
  if (isEmbedded) return { env: {}, close: () => Promise.resolve() };
  const server = await startDatabaseUnderTest(dataDir);
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 24);
  const uri = new URL(server.uri);
  uri.pathname = `/tollgate_test_${name}`;
  return { env: { MONGODB_URI: uri.href }, close: () => server.close() };
}

/**
 * Starts the application as `main` does, for one test file.
 * @param env settings beside or instead of those for tests; `DATA_DIR` given here is left in place by `close`
 */
export async function startTestServer(
  env: Readonly<Record<string, string>> = {},
  options: StartOptions = {},
): Promise<TestServer> {
  const dataDir = env.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'tollgate-test-')));
  const database = env.MONGODB_URI === undefined ? await databaseOf(dataDir) : undefined;
  if (isEmbedded && env.MONGODB_URI === undefined && env.DATA_DIR === undefined) await prepareData(dataDir);
  const closeData = async (): Promise<void> => {
    await database?.close();
    if (env.DATA_DIR === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const config = loadConfig({
      NODE_ENV: 'test',
      PORT: '0',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      ASSISTANT_DELAY_MS: '0',
      SHUTDOWN_GRACE_MS: '0',
      SIGNUP_CREDITS: String(SIGNUP_CREDITS),
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      ...database?.env,
      // `test/e2e/bypasses-off.spec.ts`
      ...(process.env.TEST_BYPASSES_OFF === undefined ? {} : { BYPASSES_OFF: process.env.TEST_BYPASSES_OFF }),
      ...env,
    });
    const tollgate = await startTollgate(config, options);
    return new TestServer(tollgate, dataDir, config.accounts.signupCredits, closeData);
  } catch (error) {
    await closeData();
    throw error;
  }
}
