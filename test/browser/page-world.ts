import type { Browser } from 'playwright-core';
import { startFlowiseReplay, type FlowiseReplay } from '../support/upstream/flowise-replay.js';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';
import { launchBrowser } from './browser.js';
import { ChatDriver, type DriverOptions } from './chat-driver.js';

/** A browser, the product, and an upstream that answers as it is told. */
export class PageWorld {
  user!: TestUser;
  driver!: ChatDriver;
  /** Where the page is opened. */
  address: string;

  private constructor(
    readonly browser: Browser,
    readonly replay: FlowiseReplay,
    readonly server: TestServer,
  ) {
    this.address = server.url;
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<PageWorld> {
    const [browser, replay] = await Promise.all([launchBrowser(), startFlowiseReplay()]);
    const server = await startTestServer({
      FLOWISE_API_URL: replay.url,
      TURNS_PER_MINUTE: '10000',
      ASSISTANT_DELAY_MS: '0',
      ...settings,
    });
    return new PageWorld(browser, replay, server);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
    await this.replay.close();
  }

  /** Somebody new signs in. */
  async enter(options?: DriverOptions): Promise<ChatDriver> {
    this.user = await this.server.registerUser();
    return this.come(options);
  }

  /** The same user in a browser of their own. */
  async come(options?: DriverOptions): Promise<ChatDriver> {
    this.driver = await ChatDriver.open(this.browser, this.address, options);
    await this.driver.signIn(this.user.email, this.user.password);
    return this.driver;
  }

  /** Closes the page. @returns what the browser has complained of */
  async leave(): Promise<readonly string[]> {
    const { complaints } = this.driver;
    await this.driver.close();
    return complaints;
  }

  /** Makes or changes a chatflow that everybody may use. */
  async putChatflow(id: string, fields: object = {}): Promise<void> {
    const { token } = await this.server.admin();
    const body = { name: id, provider: 'flowise', price: { credits: 1 }, access: { public: true } };
    const upstream = 'provider' in fields ? {} : { upstream: { flowId: id } };
    const response = await this.server.request
      .put(`/chatflows/${id}`)
      .auth(token, { type: 'bearer' })
      .send({ ...body, ...upstream, ...fields });
    if (response.status >= 300) throw new Error(JSON.stringify(response.body));
  }

  /** Asks without the page. @returns the session and the turn */
  async ask(chatflowId: string, question: string, sessionId?: string): Promise<{ sessionId: string }> {
    const response = await this.server.request
      .post('/predict')
      .auth(this.user.token, { type: 'bearer' })
      .send({ chatflow_id: chatflowId, question, ...(sessionId === undefined ? {} : { sessionId }) });
    if (response.status !== 200) throw new Error(JSON.stringify(response.body));
    return { sessionId: String(response.headers['x-session-id']) };
  }

  /** Credits by chatflow, as the ledger has them. */
  async charged(): Promise<Readonly<Record<string, number>>> {
    const read = () =>
      this.server.request.get('/accounting/usage?groupBy=chatflow').auth(this.user.token, { type: 'bearer' });
    let response = await read();
    // A busy machine's database may take longer than a request waits.
    for (; response.status === 503; response = await read());
    if (response.status !== 200) throw new Error(JSON.stringify(response.body));
    const rows = response.body.data as readonly { chatflowId: string; credits: number }[];
    return Object.fromEntries(rows.map(({ chatflowId, credits }) => [chatflowId, credits]));
  }
}
