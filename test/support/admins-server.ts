import { serverFromSources, ServerProcess } from './server-process.js';

const ADMIN = { email: 'admin@example.com', password: 'an admin of tests' };

/** A server in a process of its own, for tests that take its disk away or look into its engine, and what they say to it as its admin. */
export class AdminsServer {
  private constructor(readonly process: ServerProcess) {}

  /**
   * @param more settings
   * @param options of Node
   * @throws Error with what the server has written when it does not start
   */
  static async start(
    dataDir: string,
    more: Readonly<Record<string, string>> = {},
    options: readonly string[] = [],
  ): Promise<AdminsServer> {
    const settings = {
      DATA_DIR: dataDir,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SIGNUP_CREDITS: '100000',
      TURNS_PER_MINUTE: '100000',
      ASSISTANT_DELAY_MS: '0',
      LOG_LEVEL: 'error',
      ...more,
    };
    const server = new ServerProcess(settings, [...options, ...serverFromSources]);
    if ((await server.listening) === undefined) throw new Error(server.tail);
    return new AdminsServer(server);
  }

  post(path: string, body: object, token?: string): Promise<Response> {
    return this.send('POST', path, body, token);
  }

  send(method: 'POST' | 'PUT', path: string, body: object, token?: string): Promise<Response> {
    return fetch(`${this.process.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...authorization(token) },
      body: JSON.stringify(body),
    });
  }

  /** The answer to a log-in, whatever it is. */
  tryLogIn(): Promise<Response> {
    return this.post('/auth/login', ADMIN);
  }

  async logIn(): Promise<string> {
    const { access_token: token } = (await (await this.tryLogIn()).json()) as { access_token: string };
    return token;
  }

  async read(path: string, token: string): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.process.url}${path}`, { headers: authorization(token) });
    return (await response.json()) as Record<string, unknown>;
  }

  async ready(): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(`${this.process.url}/health/ready`);
    return { status: response.status, body: await response.json() };
  }
}

const authorization = (token?: string): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };
