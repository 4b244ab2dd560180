import { ISSUER_ALGORITHMS, SINGLE_ISSUER_ID, type IssuerConfig } from '../issuers/issuer-config.js';
import { DEFAULT_ROLES_CLAIMS, DEFAULT_SCOPES, readIssuers } from '../issuers/read-issuers.js';
import { claimPaths, jsonList, line, oneOf, signingSecret, url, wholeNumber } from '../schema/kinds.js';
import { concern, setting } from '../schema/setting.js';

/** A HS256 key shorter than its hash can be guessed offline (RFC 7518, section 3.2). */
const MIN_SECRET_CHARACTERS = 32;
const DAY_S = 24 * 3600;
/** Of clocks that are further apart one has stopped being kept. */
const MAX_CLOCK_TOLERANCE_S = 300;

export interface AuthConfig {
  /** Own HS256 secret; unset outside production: generated once and kept in the data folder. */
  readonly jwtSecret: string | undefined;
  /** Another secret whose tokens are good as well. */
  readonly otherJwtSecret: string | undefined;
  /** Whether people sign in here with a password, too. */
  readonly ownAccounts: boolean;
  /** Whose access tokens are taken besides. */
  readonly issuers: readonly IssuerConfig[];
  readonly accessTokenTtlSeconds: number;
  readonly refreshTokenTtlSeconds: number;
}

export const AUTH = concern({
  title: 'Authentication',
  settings: {
    jwtSecret: setting('JWT_SECRET', signingSecret(MIN_SECRET_CHARACTERS), {
      secret: true,
      about:
        'Signs our own access tokens (HS256). Unset outside production: generated once, kept in DATA_DIR. Required in production unless OWN_ACCOUNTS is off.',
    }),
    otherJwtSecret: setting('JWT_OTHER_SECRET', signingSecret(MIN_SECRET_CHARACTERS), {
      secret: true,
      needs: 'JWT_SECRET',
      about:
        'Another secret whose tokens are good as well: the next or the previous one while JWT_SECRET is changed.',
    }),
    ownAccounts: setting('OWN_ACCOUNTS', oneOf(['on', 'off']), {
      about:
        'Whether people may sign in here with a password. Unset: on, but off with JWT_JWKS_URI. off needs an external issuer.',
    }),
    issuers: setting('OIDC_ISSUERS', jsonList(), {
      default: [],
      shown: '',
      secret: true,
      about:
        'OpenID providers whose access tokens are taken: a list of objects, see docs/sign-in.md. Their discovery documents tell the keys.',
    }),
    jwksUri: setting('JWT_JWKS_URI', url(), {
      about:
        'One external issuer by itself, without discovery: its key set (RS, PS or ES with 256, 384 or 512, or EdDSA).',
    }),
    issuer: setting('JWT_ISSUER', line(), {
      needs: 'JWT_JWKS_URI',
      about: "The issuer that the external issuer's tokens must name. Required with JWT_JWKS_URI.",
    }),
    audience: setting('JWT_AUDIENCE', line(), {
      needs: 'JWT_JWKS_URI',
      about: "The audience that the external issuer's tokens must name. Required with JWT_JWKS_URI.",
    }),
    clockToleranceSeconds: setting(
      'JWT_CLOCK_TOLERANCE_S',
      wholeNumber({ max: MAX_CLOCK_TOLERANCE_S, unit: 'seconds' }),
      {
        default: 30,
        about: "How far an external issuer's clock and ours may be apart.",
      },
    ),
    rolesClaims: setting('JWT_ROLES_CLAIMS', claimPaths(), {
      default: DEFAULT_ROLES_CLAIMS,
      shown: 'roles,realm_access.roles',
      about:
        "Where the external issuer's tokens name roles, all of which count: lists, or text separated by spaces. A dot goes into an object. The role admin makes an admin.",
    }),
    groupsClaims: setting('JWT_GROUPS_CLAIMS', claimPaths(), {
      default: [],
      shown: '',
      needs: 'JWT_JWKS_URI',
      about:
        "Where the external issuer's tokens name groups. They count as roles where chatflows say who may use them (as written, a leading slash included); no group makes an admin.",
    }),
    // Nothing takes an access token back before it expires.
    accessTokenTtlSeconds: setting(
      'ACCESS_TOKEN_TTL_S',
      wholeNumber({ min: 1, max: DAY_S, unit: 'seconds' }),
      {
        default: 900,
        about: 'How long an access token is good for.',
      },
    ),
    refreshTokenTtlSeconds: setting(
      'REFRESH_TOKEN_TTL_S',
      wholeNumber({ min: 1, max: 366 * DAY_S, unit: 'seconds' }),
      {
        default: 30 * DAY_S,
        about: 'How long an unused refresh token is good for (30 days). At least ACCESS_TOKEN_TTL_S.',
      },
    ),
  },
  compose: (values, { production, fail }): AuthConfig => {
    const { jwtSecret, otherJwtSecret, accessTokenTtlSeconds, refreshTokenTtlSeconds } = values;
    const single = singleIssuerOf(values, fail);
    const issuers = readIssuers(values.issuers, values.clockToleranceSeconds, (problem) =>
      fail('OIDC_ISSUERS', problem),
    );
    if (issuers.some(({ id, issuer }) => issuer === single?.issuer || id === single?.id))
      fail('OIDC_ISSUERS', 'names the issuer (or the id) of JWT_ISSUER again');
    const ownAccounts = (values.ownAccounts ?? (values.jwksUri === undefined ? 'on' : 'off')) === 'on';
    if (!ownAccounts && values.jwksUri === undefined && values.issuers.length === 0)
      fail('OWN_ACCOUNTS', 'needs OIDC_ISSUERS (or JWT_JWKS_URI) to be off');
    if (ownAccounts && jwtSecret === undefined && production)
      fail('JWT_SECRET', 'is required in production (or OWN_ACCOUNTS=off, or JWT_JWKS_URI)');
    // Nobody could stay signed in: what renews would be gone before what is to be renewed.
    if (refreshTokenTtlSeconds < accessTokenTtlSeconds)
      fail('REFRESH_TOKEN_TTL_S', 'must be at least ACCESS_TOKEN_TTL_S');
    return {
      jwtSecret,
      otherJwtSecret,
      ownAccounts,
      issuers: single === undefined ? issuers : [single, ...issuers],
      accessTokenTtlSeconds,
      refreshTokenTtlSeconds,
    };
  },
});

interface SingleIssuer {
  readonly jwksUri: string | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  readonly clockToleranceSeconds: number;
  readonly rolesClaims: readonly string[];
  readonly groupsClaims: readonly string[];
}

/** The issuer of the settings that begin with JWT_. */
function singleIssuerOf(
  { jwksUri, issuer, audience, clockToleranceSeconds, rolesClaims, groupsClaims }: SingleIssuer,
  fail: (name: string, problem: string) => void,
): IssuerConfig | undefined {
  if (jwksUri === undefined) return undefined;
  if (issuer === undefined) fail('JWT_ISSUER', 'is required with JWT_JWKS_URI');
  if (audience === undefined) fail('JWT_AUDIENCE', 'is required with JWT_JWKS_URI');
  if (issuer === undefined || audience === undefined) return undefined;
  return {
    id: SINGLE_ISSUER_ID,
    name: URL.canParse(issuer) ? new URL(issuer).host || issuer : issuer,
    issuer,
    audience: [audience],
    audienceClaim: 'aud',
    jwksUri,
    scopes: DEFAULT_SCOPES,
    parameters: {},
    algorithms: ISSUER_ALGORITHMS,
    clockToleranceSeconds,
    rolesClaims,
    groupsClaims,
  };
}
