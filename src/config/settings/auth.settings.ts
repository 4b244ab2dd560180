import { claimPaths, line, signingSecret, url, wholeNumber } from '../schema/kinds.js';
import { concern, setting } from '../schema/setting.js';

/** A HS256 key shorter than its hash can be guessed offline (RFC 7518, section 3.2). */
const MIN_SECRET_CHARACTERS = 32;
const DAY_S = 24 * 3600;
/** Of clocks that are further apart one has stopped being kept. */
const MAX_CLOCK_TOLERANCE_S = 300;

/** An external issuer instead of our own accounts. */
export interface IssuerConfig {
  readonly jwksUri: string;
  readonly issuer: string;
  readonly audience: string;
  /** How far its clock and ours may be apart. */
  readonly clockToleranceSeconds: number;
  /** Paths of the claims that name roles. */
  readonly rolesClaims: readonly string[];
  /** Paths of the claims that name groups. */
  readonly groupsClaims: readonly string[];
}

export interface AuthConfig {
  /** Own HS256 secret; unset outside production: generated once and kept in the data folder. */
  readonly jwtSecret: string | undefined;
  /** Another secret whose tokens are good as well. */
  readonly otherJwtSecret: string | undefined;
  readonly issuer: IssuerConfig | undefined;
  readonly accessTokenTtlSeconds: number;
  readonly refreshTokenTtlSeconds: number;
}

export const AUTH = concern({
  title: 'Authentication',
  settings: {
    jwtSecret: setting('JWT_SECRET', signingSecret(MIN_SECRET_CHARACTERS), {
      secret: true,
      about:
        'Signs our own access tokens (HS256). Unset outside production: generated once, kept in DATA_DIR. Required in production unless JWT_JWKS_URI is set.',
    }),
    otherJwtSecret: setting('JWT_OTHER_SECRET', signingSecret(MIN_SECRET_CHARACTERS), {
      secret: true,
      needs: 'JWT_SECRET',
      about:
        'Another secret whose tokens are good as well: the next or the previous one while JWT_SECRET is changed.',
    }),
    jwksUri: setting('JWT_JWKS_URI', url(), {
      about:
        'An external issuer instead of our own accounts: its key set (RS, PS or ES with 256, 384 or 512, or EdDSA).',
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
        about: "How far the external issuer's clock and ours may be apart.",
      },
    ),
    rolesClaims: setting('JWT_ROLES_CLAIMS', claimPaths(), {
      default: ['roles', 'realm_access.roles'],
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
    const { jwtSecret, otherJwtSecret, jwksUri, issuer, audience } = values;
    const { accessTokenTtlSeconds, refreshTokenTtlSeconds } = values;
    const { clockToleranceSeconds, rolesClaims, groupsClaims } = values;
    if (jwksUri !== undefined) {
      if (issuer === undefined) fail('JWT_ISSUER', 'is required with JWT_JWKS_URI');
      if (audience === undefined) fail('JWT_AUDIENCE', 'is required with JWT_JWKS_URI');
    } else if (jwtSecret === undefined && production) {
      fail('JWT_SECRET', 'is required in production (or JWT_JWKS_URI)');
    }
    // Nobody could stay signed in: what renews would be gone before what is to be renewed.
    if (refreshTokenTtlSeconds < accessTokenTtlSeconds)
      fail('REFRESH_TOKEN_TTL_S', 'must be at least ACCESS_TOKEN_TTL_S');
    return {
      jwtSecret,
      otherJwtSecret,
      issuer:
        jwksUri === undefined
          ? undefined
          : {
              jwksUri,
              issuer: issuer ?? '',
              audience: audience ?? '',
              clockToleranceSeconds,
              rolesClaims,
              groupsClaims,
            },
      accessTokenTtlSeconds,
      refreshTokenTtlSeconds,
    };
  },
});
