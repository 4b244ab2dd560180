/** How an external issuer (an OpenID provider) signs. None of these can be made with what an issuer publishes, as with `none` or HS256. */
export const ISSUER_ALGORITHMS = [
  ...(['RS256', 'RS384', 'RS512'] as const),
  ...(['PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512'] as const),
  'EdDSA',
] as const;
export type IssuerAlgorithm = (typeof ISSUER_ALGORITHMS)[number];

/** The `id` of the issuer of the settings that begin with JWT_. */
export const SINGLE_ISSUER_ID = 'default';

/** An OpenID provider whose access tokens are taken. */
export interface IssuerConfig {
  /** A short name for addresses and logs. */
  readonly id: string;
  /** What people see. */
  readonly name: string;
  /** As its tokens name it (`iss`), to the character. */
  readonly issuer: string;
  /** A token must name one of them. */
  readonly audience: readonly string[];
  /** Where a token names its audience: `aud`, but for Amazon Cognito. */
  readonly audienceClaim: string;
  /** Where the keys are. Absent: its discovery document says it. */
  readonly jwksUri?: string;
  /** The client that the page is at the provider. Absent: the page offers no sign-in there. */
  readonly clientId?: string;
  /** The client that the terminal is at the provider. */
  readonly deviceClientId?: string;
  /** What clients ask for. */
  readonly scopes: readonly string[];
  /** What clients send along when they ask for tokens, such as the `audience` of Auth0. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly algorithms: readonly IssuerAlgorithm[];
  /** How far its clock and ours may be apart. */
  readonly clockToleranceSeconds: number;
  /** Paths of the claims that name roles. */
  readonly rolesClaims: readonly string[];
  /** Paths of the claims that name groups. */
  readonly groupsClaims: readonly string[];
  /** Roles of ours by the name of a role or a group there. Where there is a map, only it makes admins. */
  readonly roleMap?: Readonly<Record<string, readonly string[]>>;
  /** Path of the claim that names the tenant. Absent: its tokens say nothing of tenants. */
  readonly tenantClaim?: string;
  /** Tenants of ours by what the claim says; where there is a map, nothing else counts. */
  readonly tenantMap?: Readonly<Record<string, string>>;
  /** Of tokens that name no tenant that counts. Absent: they are refused. */
  readonly defaultTenant?: string;
}
