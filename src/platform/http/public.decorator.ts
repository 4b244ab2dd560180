import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/**
 * What a handler expects of the authentication guard: `required` is the default; `optional` takes the caller's
 * identity when it is valid and goes on without one otherwise; `none` doesn't look at credentials at all.
 */
export const AUTHENTICATION_MODES = ['required', 'optional', 'none'] as const;
export type AuthenticationMode = (typeof AUTHENTICATION_MODES)[number];

export const AUTHENTICATION_MODE = 'tollgate:authentication-mode';

/** Opens a handler or a controller to callers without credentials. */
export const Public = (): CustomDecorator => SetMetadata(AUTHENTICATION_MODE, 'none');

/** Lets a handler be called without credentials; `@CurrentUser()` is then `undefined`. */
export const OptionalAuthentication = (): CustomDecorator => SetMetadata(AUTHENTICATION_MODE, 'optional');
