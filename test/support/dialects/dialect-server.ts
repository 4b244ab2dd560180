import { startFlowiseReplay, type FlowiseReplay } from '../upstream/flowise-replay.js';
import { startTestServer, type TestServer, type TestUser } from '../test-server.js';
import type { ClientSetup } from './dialect-client.js';

/** The chatflow of these tests, also for clients that name none. */
export const CHATFLOW_ID = 'flow';
const PRICE = 2;

/** The application with a Flowise server behind its chatflow. */
export class DialectServer {
  private readonly replays: FlowiseReplay[] = [];

  private constructor(readonly server: TestServer) {}

  static async start(env: Record<string, string> = {}): Promise<DialectServer> {
    const server = await startTestServer({
      DEFAULT_CHATFLOW: CHATFLOW_ID,
      TURNS_PER_MINUTE: '10000',
      CONCURRENT_TURNS: '100',
      UPSTREAM_RETRIES: '0',
      ...env,
    });
    const dialects = new DialectServer(server);
    await dialects.useFreshUpstream();
    return dialects;
  }

  /** The upstream of the moment. */
  get replay(): FlowiseReplay {
    const replay = this.replays.at(-1);
    if (replay === undefined) throw new Error('There is no upstream.');
    return replay;
  }

  /** Another Flowise server: what failed before is not held against it. */
  async useFreshUpstream(): Promise<void> {
    const replay = await startFlowiseReplay();
    this.replays.push(replay);
    await this.putChatflow(CHATFLOW_ID);
  }

  async putChatflow(id: string, settings: object = {}): Promise<void> {
    const { token } = await this.server.admin();
    const { status, text } = await this.server.request
      .put(`/chatflows/${id}`)
      .auth(token, { type: 'bearer' })
      .send({
        name: 'A flow',
        provider: 'flowise',
        upstream: { flowId: id, baseUrl: this.replay.url },
        price: { credits: PRICE },
        access: { public: true },
        ...settings,
      });
    if (status >= 300) throw new Error(text);
  }

  /** A client of a new user. @param credits what they have */
  async newClient(credits?: number): Promise<{ readonly user: TestUser; readonly setup: ClientSetup }> {
    const user = await this.server.registerUser(credits === undefined ? {} : { credits });
    const { userId, token } = user;
    return { user, setup: { url: this.server.url, userId, token, chatflowId: CHATFLOW_ID } };
  }

  async close(): Promise<void> {
    await this.server.close();
    await Promise.all(this.replays.map((replay) => replay.close()));
  }
}
