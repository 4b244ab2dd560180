import { KeycloakAdmin } from './keycloak-admin.js';
import type { KeycloakProcess } from './keycloak-process.js';

const REALM = 'corp';
export const PASSWORD = 'a password of tests';
export const MACHINE = { id: 'nightly-report', secret: 'a secret of tests' } as const;
/** Longer than what the client renews ahead of. */
const ACCESS_TOKEN_S = 300;

/** Somebody of the realm. */
export interface KeycloakPerson {
  readonly username: string;
  readonly roles?: readonly string[];
  /** Roles of the client `tollgate`. */
  readonly clientRoles?: readonly string[];
  /** As a path: `/staff`. */
  readonly group?: string;
  readonly tenant?: string;
}

/** A realm that is set up as docs/sign-in.md says. */
export class DocumentedRealm {
  private constructor(
    readonly issuer: string,
    readonly admin: KeycloakAdmin,
    private readonly ids: ReadonlyMap<string, string>,
  ) {}

  static issuerAt({ url }: KeycloakProcess): string {
    return `${url}/realms/${REALM}`;
  }

  /** @param tollgate where the product is served */
  static async make(
    keycloak: KeycloakProcess,
    tollgate: string,
    people: readonly KeycloakPerson[],
  ): Promise<DocumentedRealm> {
    const admin = new KeycloakAdmin(keycloak.url, REALM);
    await admin.makeRealm({ revokeRefreshToken: true, accessTokenLifespan: ACCESS_TOKEN_S });
    const scope = await makeScope(admin);
    const ids = await makeClients(admin, tollgate);
    for (const id of ids.values()) await admin.put(`/clients/${id}/default-client-scopes/${scope}`);
    await declareTenant(admin);
    const realm = new DocumentedRealm(DocumentedRealm.issuerAt(keycloak), admin, ids);
    for (const person of people) await realm.addPerson(person);
    return realm;
  }

  get tokenEndpoint(): string {
    return `${this.issuer}/protocol/openid-connect/token`;
  }

  /** Its id for the console. */
  idOf(client: string): string {
    const id = this.ids.get(client);
    if (id === undefined) throw new Error(`There is no client ${client}`);
    return id;
  }

  /** @returns whom tokens call `sub` */
  async userId(username: string): Promise<string> {
    const [user] = await this.admin.read<{ id: string }[]>(`/users?exact=true&username=${username}`);
    if (user === undefined) throw new Error(`There is no ${username}`);
    return user.id;
  }

  private async addPerson(person: KeycloakPerson): Promise<void> {
    const { username, group, tenant, roles = [], clientRoles = [] } = person;
    const id = await this.admin.make('/users', {
      ...{ username, email: `${username}@example.com`, emailVerified: true, enabled: true },
      ...{ firstName: username, lastName: 'Example' },
      credentials: [{ type: 'password', value: PASSWORD, temporary: false }],
      ...(tenant === undefined ? {} : { attributes: { tenant: [tenant] } }),
    });
    for (const role of roles) {
      await this.admin.make('/roles', { name: role });
      await this.admin.make(`/users/${id}/role-mappings/realm`, [await this.admin.read(`/roles/${role}`)]);
    }
    const client = this.idOf('tollgate');
    for (const role of clientRoles) {
      await this.admin.make(`/clients/${client}/roles`, { name: role });
      const made = await this.admin.read(`/clients/${client}/roles/${role}`);
      await this.admin.make(`/users/${id}/role-mappings/clients/${client}`, [made]);
    }
    if (group === undefined) return;
    const groupId = await this.admin.make('/groups', { name: group.slice(1) });
    await this.admin.put(`/users/${id}/groups/${groupId}`);
  }
}

/** What tokens for Tollgate say beside what all of the realm do. */
function makeScope(admin: KeycloakAdmin): Promise<string> {
  const mapper = (name: string, protocolMapper: string, config: Readonly<Record<string, string>>) => ({
    ...{ name, protocol: 'openid-connect', protocolMapper },
    config: { 'access.token.claim': 'true', 'id.token.claim': 'false', ...config },
  });
  return admin.make('/client-scopes', {
    ...{ name: 'tollgate', protocol: 'openid-connect' },
    protocolMappers: [
      mapper('audience', 'oidc-audience-mapper', { 'included.custom.audience': 'tollgate' }),
      mapper('groups', 'oidc-group-membership-mapper', { 'claim.name': 'groups', 'full.path': 'true' }),
      mapper('tenant', 'oidc-usermodel-attribute-mapper', {
        ...{ 'user.attribute': 'tenant', 'claim.name': 'tenant', 'jsonType.label': 'String' },
      }),
    ],
  });
}

async function makeClients(admin: KeycloakAdmin, tollgate: string): Promise<ReadonlyMap<string, string>> {
  const told = {
    'backchannel.logout.url': `${tollgate}/auth/backchannel-logout`,
    'backchannel.logout.session.required': 'false',
  };
  const clients = [
    {
      ...{ clientId: 'tollgate-page', publicClient: true, frontchannelLogout: false },
      ...{ redirectUris: [`${tollgate}/`], webOrigins: ['+'] },
      attributes: {
        ...{ 'pkce.code.challenge.method': 'S256', 'post.logout.redirect.uris': '+' },
        ...told,
      },
    },
    {
      ...{ clientId: 'tollgate-terminal', publicClient: true, frontchannelLogout: false },
      ...{ standardFlowEnabled: false },
      attributes: { 'oauth2.device.authorization.grant.enabled': 'true', ...told },
    },
    {
      ...{ clientId: MACHINE.id, secret: MACHINE.secret, publicClient: false },
      ...{ standardFlowEnabled: false, serviceAccountsEnabled: true },
    },
    // Nobody signs in with it: it holds roles.
    { clientId: 'tollgate', publicClient: false, standardFlowEnabled: false },
  ];
  const ids = new Map<string, string>();
  for (const client of clients) ids.set(client.clientId, await admin.make('/clients', client));
  return ids;
}

/** Attributes that the realm's user profile does not know are thrown away without a word. */
async function declareTenant(admin: KeycloakAdmin): Promise<void> {
  const profile = await admin.read<{ attributes: object[] }>('/users/profile');
  const permissions = { view: ['admin'], edit: ['admin'] };
  await admin.put('/users/profile', {
    ...profile,
    attributes: [...profile.attributes, { name: 'tenant', permissions }],
  });
}
