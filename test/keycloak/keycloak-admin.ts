import { BOOTSTRAP_ADMIN } from './keycloak-process.js';

/** What an administrator does in the console of one realm, by the requests that the console makes. */
export class KeycloakAdmin {
  constructor(
    private readonly url: string,
    private readonly realm: string,
  ) {}

  async makeRealm(settings: object): Promise<void> {
    await this.send('POST', '/admin/realms', { realm: this.realm, enabled: true, ...settings });
  }

  /** @param path below the realm @returns the id of what was made */
  async make(path: string, body: object): Promise<string> {
    const { headers } = await this.send('POST', this.below(path), body);
    return headers.get('location')?.split('/').pop() ?? '';
  }

  async put(path: string, body: object = {}): Promise<void> {
    await this.send('PUT', this.below(path), body);
  }

  /** For what the console does by a button. */
  async press(path: string): Promise<void> {
    await this.send('POST', this.below(path), {});
  }

  async delete(path: string): Promise<void> {
    await this.send('DELETE', this.below(path));
  }

  async read<T>(path: string): Promise<T> {
    return (await (await this.send('GET', this.below(path))).json()) as T;
  }

  private below(path: string): string {
    return `/admin/realms/${this.realm}${path}`;
  }

  private async send(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${await this.token()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  /** A new one each time: they live for a minute. */
  private async token(): Promise<string> {
    const body = new URLSearchParams({
      grant_type: 'password',
      client_id: 'admin-cli',
      ...BOOTSTRAP_ADMIN,
    });
    const url = `${this.url}/realms/master/protocol/openid-connect/token`;
    const { access_token: token } = (await (await fetch(url, { method: 'POST', body })).json()) as {
      access_token: string;
    };
    return token;
  }
}
