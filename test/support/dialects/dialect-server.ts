import { startFlowiseUpstream, type FlowiseUpstream } from '../upstream/flowise-upstream.js';
import { startTestServer, type TestServer, type TestUser } from '../test-server.js';
import type { ClientSetup } from './dialect-client.js';

/** The chatflow of these tests, also for clients that name none. */
export const CHATFLOW_ID = 'flow';
const PRICE = 2;

/** The application with a Flowise server behind its chatflow. */
export class DialectServer {
  private readonly upstreams: FlowiseUpstream[] = [];

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
  get upstream(): FlowiseUpstream {
    const upstream = this.upstreams.at(-1);
    if (upstream === undefined) throw new Error('There is no upstream.');
    return upstream;
  }

  /** Another Flowise server: what failed before is not held against it. */
  async useFreshUpstream(): Promise<void> {
    this.upstreams.push(await startFlowiseUpstream());
    await this.putChatflow(CHATFLOW_ID);
  }

  async putChatflow(id: string, settings: object = {}): Promise<void> {
    const { token } = await this.server.admin();
    this.upstream.addFlow(id);
    const { status, text } = await this.server.request
      .put(`/chatflows/${id}`)
      .auth(token, { type: 'bearer' })
      .send({
        name: 'A flow',
        provider: 'flowise',
        upstream: { flowId: id, baseUrl: this.upstream.url },
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
    await Promise.all(this.upstreams.map((upstream) => upstream.close()));
  }
}

/** Under which id a Flowise server was asked to remember. */
export function memoryIn(body: Readonly<Record<string, unknown>>): string {
  return String((body.overrideConfig as { sessionId?: unknown } | undefined)?.sessionId);
}
