import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import supertest from 'supertest';
import { launchBrowser } from '../browser/browser.js';
import { ChatDriver } from '../browser/chat-driver.js';
import { openEventStream, type EventStream } from '../support/event-stream.js';
import { ServerProcess } from '../support/server-process.js';
import { startFlowiseUpstream, type FlowiseUpstream } from '../support/upstream/flowise-upstream.js';
import { DocumentedRealm, MACHINE, type KeycloakPerson } from './documented-realm.js';
import { signInAtKeycloak } from './keycloak-person.js';
import { KeycloakProcess } from './keycloak-process.js';

/** Of the hooks: Keycloak makes itself at its first start, on a machine that may do other things too. */
export const START_TIMEOUT_MS = 600_000;

/** A Keycloak, the built product in front of an upstream that does as it is told, and a browser. */
export class KeycloakWorld {
  readonly request: ReturnType<typeof supertest.agent>;

  private constructor(
    readonly keycloak: KeycloakProcess,
    readonly realm: DocumentedRealm,
    private readonly server: ServerProcess,
    readonly upstream: FlowiseUpstream,
    readonly browser: Browser,
    private readonly data: string,
    private readonly log: readonly string[],
  ) {
    this.request = supertest.agent(server.url);
  }

  /** @param people of the realm; one with the role `tollgate-admin` is an admin */
  static async start(people: readonly KeycloakPerson[]): Promise<KeycloakWorld> {
    const data = await mkdtemp(join(tmpdir(), 'tollgate-beside-keycloak-'));
    const [keycloak, browser] = await Promise.all([KeycloakProcess.start(), launchBrowser()]);
    const upstream = await startFlowiseUpstream('flow');
    const log: string[] = [];
    const server = new ServerProcess(
      {
        ...{ DATA_DIR: data, OIDC_ISSUERS: JSON.stringify([settingOf(keycloak)]), OWN_ACCOUNTS: 'off' },
        ...{ FLOWISE_API_URL: upstream.url, FLOWISE_API_KEY: upstream.apiKey },
        ...{ TURNS_PER_MINUTE: '10000', SIGNUP_CREDITS: '100', SHUTDOWN_GRACE_MS: '0', LOG_LEVEL: 'info' },
      },
      undefined,
      undefined,
      (text) => log.push(text),
    );
    if ((await server.listening) === undefined) throw new Error(server.tail);
    const realm = await DocumentedRealm.make(keycloak, server.url, people);
    return new KeycloakWorld(keycloak, realm, server, upstream, browser, data, log);
  }

  get url(): string {
    return this.server.url;
  }

  /** All that the server has written. */
  get logged(): string {
    return this.log.join('');
  }

  /** A browser that knows nobody yet, in front of the page. */
  come(): Promise<ChatDriver> {
    return ChatDriver.open(this.browser, `${this.url}/`);
  }

  /** Signs somebody in by a page of its own. @returns their access token */
  async tokenOf(username: string): Promise<string> {
    const driver = await this.come();
    const { accessToken } = await signInAtKeycloak(driver, username);
    await driver.close();
    return accessToken;
  }

  async statusOf(token: string): Promise<number> {
    return (await this.me(token)).status;
  }

  me(token: string) {
    return this.request.get('/auth/me').auth(token, { type: 'bearer' });
  }

  /** Makes the chatflow `flow`, which everybody may use. @param token of an admin */
  async putChatflow(token: string): Promise<void> {
    const body = { name: 'flow', provider: 'flowise', upstream: { flowId: 'flow' }, price: { credits: 1 } };
    const put = this.request.put('/chatflows/flow').auth(token, { type: 'bearer' });
    await put.send({ ...body, access: { public: true } }).expect(201);
  }

  ask(token: string): Promise<EventStream> {
    const body = { chatflow_id: 'flow', question: 'Hi' };
    return openEventStream(`${this.url}/predict/stream/store`, { token, body });
  }

  /** What the token endpoint says. */
  async tokens(form: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>> {
    const body = new URLSearchParams(form);
    const response = await fetch(this.realm.tokenEndpoint, { method: 'POST', body });
    return (await response.json()) as Readonly<Record<string, unknown>>;
  }

  /** A token of the machine. */
  async machineToken(): Promise<string> {
    const { access_token: token } = await this.tokens({
      grant_type: 'client_credentials',
      client_id: MACHINE.id,
      client_secret: MACHINE.secret,
    });
    return String(token);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.kill();
    await Promise.all([this.upstream.close(), this.keycloak.close()]);
    await rm(this.data, { recursive: true, force: true });
  }
}

/** As docs/sign-in.md has it. */
function settingOf(keycloak: KeycloakProcess): Readonly<Record<string, unknown>> {
  return {
    ...{ id: 'corp', name: 'Corp', issuer: DocumentedRealm.issuerAt(keycloak), audience: 'tollgate' },
    ...{ clientId: 'tollgate-page', deviceClientId: 'tollgate-terminal' },
    rolesClaims: ['realm_access.roles', 'resource_access.tollgate.roles'],
    groupsClaims: ['groups'],
    roleMap: { 'tollgate-admin': 'admin', '/staff': ['user', 'staff'] },
    ...{ tenantClaim: 'tenant', defaultTenant: 'default' },
  };
}
