import { email, oneOf, password, wholeNumber } from '../schema/kinds.js';
import { concern, setting } from '../schema/setting.js';

/** As good as no limit. */
const MAX_ATTEMPTS = 1_000_000;

export interface AccountsConfig {
  readonly admin: { readonly email: string; readonly password: string } | undefined;
  /** Whether a demo user exists; its password is generated and printed when it is not given. Never in production. */
  readonly demo: { readonly email: string; readonly password: string | undefined } | undefined;
  readonly signupCredits: number;
  readonly registration: 'open' | 'closed';
  /** In an hour. */
  readonly registrationsPerAddress: number;
  /** In a quarter of an hour. */
  readonly loginFailuresPerAddress: number;
}

export const ACCOUNTS = concern({
  title: 'Accounts',
  settings: {
    registration: setting('REGISTRATION', oneOf(['open', 'closed']), {
      default: 'open',
      production: 'closed',
      about: 'Whether anybody may register. In production the default is closed.',
    }),
    registrationsPerAddress: setting(
      'REGISTRATIONS_PER_ADDRESS',
      wholeNumber({ min: 1, max: MAX_ATTEMPTS }),
      {
        default: 10_000,
        production: 20,
        about:
          'Registrations from one address (IPv6: one /64) in an hour, on all instances together with REDIS_URL, else on each; beyond it 429. In production the default is 20. Behind proxies set TRUST_PROXY_HOPS.',
      },
    ),
    loginFailuresPerAddress: setting(
      'LOGIN_FAILURES_PER_ADDRESS',
      wholeNumber({ min: 1, max: MAX_ATTEMPTS }),
      {
        default: 100,
        about:
          'Failed logins from one address (IPv6: one /64) in 15 minutes, whatever the e-mail, counted likewise; beyond it 429. Behind proxies set TRUST_PROXY_HOPS.',
      },
    ),
    signupCredits: setting('SIGNUP_CREDITS', wholeNumber({ max: 1_000_000_000 }), {
      default: 100,
      about: 'Credits that a new account starts with.',
    }),
    adminEmail: setting('ADMIN_EMAIL', email(), {
      about: 'An admin, made at start if missing. With ADMIN_PASSWORD, or neither.',
    }),
    adminPassword: setting('ADMIN_PASSWORD', password(), {
      secret: true,
      about: "The admin's password. With ADMIN_EMAIL, or neither.",
    }),
    demoEmail: setting('DEMO_EMAIL', email(), {
      default: 'demo@tollgate.local',
      about: 'The demo user, outside production only.',
    }),
    demoPassword: setting('DEMO_PASSWORD', password(), {
      secret: true,
      about: "The demo user's password. Unset: generated and printed once.",
    }),
  },
  compose: (values, { production, fail }): AccountsConfig => {
    const { adminEmail, adminPassword, demoEmail, demoPassword, ...plain } = values;
    const { signupCredits, registration, registrationsPerAddress, loginFailuresPerAddress } = plain;
    if (adminEmail !== undefined && adminPassword === undefined)
      fail('ADMIN_PASSWORD', 'is required with ADMIN_EMAIL');
    if (adminEmail === undefined && adminPassword !== undefined)
      fail('ADMIN_EMAIL', 'is required with ADMIN_PASSWORD');
    return {
      admin:
        adminEmail === undefined || adminPassword === undefined
          ? undefined
          : { email: adminEmail, password: adminPassword },
      demo: production ? undefined : { email: demoEmail, password: demoPassword },
      signupCredits,
      registration,
      registrationsPerAddress,
      loginFailuresPerAddress,
    };
  },
});
