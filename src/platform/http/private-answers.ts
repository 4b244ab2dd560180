import type { ServerResponse } from 'node:http';
import type { Response } from 'express';

/** What no cache may keep, neither a proxy's nor a browser's. */
export const PRIVATE_CACHE_CONTROL = 'private, no-store';
/** The headers that say who asks; what an answer depends on even where a cache was told wrongly. */
const CREDENTIAL_HEADERS = 'Authorization, Storm-Api-Key, X-Api-Key';

/** Marks an answer as meant for whoever asked, and nobody else. */
export function keepPrivate(response: ServerResponse): void {
  response.setHeader('Cache-Control', PRIVATE_CACHE_CONTROL);
  (response as Response).vary(CREDENTIAL_HEADERS);
}
