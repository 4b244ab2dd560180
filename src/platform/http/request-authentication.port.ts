import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../../contract/principal.js';

/** Says who sent a request, by its headers alone. */
export abstract class RequestAuthentication {
  /**
   * Verifies the credentials of a request, once: later calls for the same request get the same answer.
   * @throws AppError `unauthenticated`; `upstream_unavailable` when they cannot be verified
   */
  abstract authenticate(request: IncomingMessage, response: ServerResponse): Promise<Principal>;
}
