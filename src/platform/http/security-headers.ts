import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

const SELF = ["'self'"];
const NONE = ["'none'"];

/** Own scripts and styles only, nothing inline. `upgrade-insecure-requests` is left out: plain http on localhost must work. */
const STRICT = {
  defaultSrc: NONE,
  scriptSrc: SELF,
  styleSrc: SELF,
  imgSrc: ["'self'", 'data:'],
  fontSrc: SELF,
  connectSrc: SELF,
  baseUri: NONE,
  formAction: NONE,
  frameAncestors: NONE,
};
/** Swagger UI sets styles inline. */
const DOCS = { ...STRICT, styleSrc: ["'self'", "'unsafe-inline'"] };

const DOCS_PATH = /^\/docs(\/|\?|$)/;

/** helmet, with a policy for the documentation page and a strict one for everything else. */
export function securityHeaders(): Middleware {
  const strict = helmet({ contentSecurityPolicy: { useDefaults: false, directives: STRICT } });
  const docs = helmet({ contentSecurityPolicy: { useDefaults: false, directives: DOCS } });
  return (request, response, next) => {
    (DOCS_PATH.test(request.url ?? '') ? docs : strict)(request, response, next);
  };
}
