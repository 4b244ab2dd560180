import { createRequire } from 'node:module';

const real = createRequire(import.meta.url)(
  '../../../node_modules/@node-rs/argon2/index.js',
) as typeof import('@node-rs/argon2');

/** The least that the library takes. */
const CHEAP = { memoryCost: 8, timeCost: 1 };

/**
 * Stands in for `@node-rs/argon2` where servers are tested: the same library at its least cost, because these tests register hundreds
 * of users. What it costs in earnest is the concern of `password-hasher.spec.ts`, which has the library itself.
 */
export const hash: typeof real.hash = (password, options) => real.hash(password, { ...options, ...CHEAP });

/** The cost stands in the hash. */
export const verify = real.verify;
