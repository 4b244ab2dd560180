import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { Scope as ScopeName } from '../contract/principal.js';
import { SCOPES_EXTENSION } from '../platform/swagger/scopes-extension.js';

export const ACCEPTED_SCOPES = 'tollgate:accepted-scopes';

/**
 * API keys with one of these scopes get through the `ScopesGuard`; the others get 403 `insufficient_scope`. Access tokens are not limited. Every
 * handler that is not public says its scopes: a key gets through none that does not.
 */
export function Scope(...scopes: [ScopeName, ...ScopeName[]]): MethodDecorator {
  return accept(scopes);
}

/** No API key gets through, whatever its scopes: 403 `forbidden`. */
export function ForAccessTokens(): MethodDecorator {
  return accept([]);
}

function accept(scopes: readonly ScopeName[]): MethodDecorator {
  return applyDecorators(SetMetadata(ACCEPTED_SCOPES, scopes), ApiExtension(SCOPES_EXTENSION, [...scopes]));
}
