import { startFlowiseReplay, type FlowiseReplay } from '../upstream/flowise-replay.js';
import { startTestServer, type TestServer, type TestUser } from '../test-server.js';
import type { ClientSetup } from './dialect-client.js';

/** The chatflow of these tests, also for clients that name none. */
export const CHATFLOW_ID = 'flow';
const PRICE = 2;

/** The application with a Flowise server behind its chatflow. */
export interface DialectServer {
  readonly server: TestServer;
  readonly replay: FlowiseReplay;
  /** A client of a new user. @param credits what they have */
  newClient(credits?: number): Promise<{ readonly user: TestUser; readonly setup: ClientSetup }>;
  close(): Promise<void>;
}

export async function startDialectServer(env: Record<string, string> = {}): Promise<DialectServer> {
  const replay = await startFlowiseReplay();
  const server = await startTestServer({
    FLOWISE_API_URL: replay.url,
    DEFAULT_CHATFLOW: CHATFLOW_ID,
    TURNS_PER_MINUTE: '10000',
    CONCURRENT_TURNS: '100',
    ...env,
  });
  const { token } = await server.admin();
  await server.request
    .put(`/chatflows/${CHATFLOW_ID}`)
    .auth(token, { type: 'bearer' })
    .send({
      name: 'A flow',
      provider: 'flowise',
      upstream: { flowId: CHATFLOW_ID },
      price: { credits: PRICE },
      access: { public: true },
    })
    .expect((response) => {
      if (response.status >= 300) throw new Error(response.text);
    });
  return {
    server,
    replay,
    async newClient(credits) {
      const user = await server.registerUser(credits === undefined ? {} : { credits });
      const { userId, token } = user;
      return { user, setup: { url: server.url, userId, token, chatflowId: CHATFLOW_ID } };
    },
    async close() {
      await server.close();
      await replay.close();
    },
  };
}
