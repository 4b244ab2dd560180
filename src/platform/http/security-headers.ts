import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

const SELF = ["'self'"];
const NONE = ["'none'"];

/**
 * Own scripts and styles only, nothing inline. Pictures also from the page itself (`blob:`): files that are fetched with the user's token. `upgrade-insecure-requests` is left out: plain
 * http on localhost must work.
 */
const STRICT = {
  defaultSrc: NONE,
  scriptSrc: SELF,
  styleSrc: SELF,
  imgSrc: ["'self'", 'data:', 'blob:'],
  fontSrc: SELF,
  connectSrc: SELF,
  baseUri: NONE,
  formAction: NONE,
  frameAncestors: NONE,
};
/** Swagger UI sets styles inline. */
const DOCS = { ...STRICT, styleSrc: ["'self'", "'unsafe-inline'"] };

const DOCS_PATH = /^\/docs(\/|\?|$)/;

/** Whether the request is sent by a page's script or another program that awaits data: what it gets is never shown as a page. */
const AWAITS_DATA = /^(POST|PUT|PATCH|DELETE)$/;

/** Origins that the page's script talks to beside this server. The same list as before stands for the same origins. */
export type PageConnections = () => readonly string[];

/**
 * helmet, with a policy for the documentation page and a strict one for every other. What answers a POST, PUT, PATCH or DELETE is data: it
 * gets the headers that matter for data, and an open stream does not keep the others for as long as it lasts.
 */
export function securityHeaders(pageConnections: PageConnections): Middleware {
  const strict = strictHeaders(pageConnections);
  const docs = helmet({ contentSecurityPolicy: { useDefaults: false, directives: DOCS } });
  const data = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: NONE, frameAncestors: NONE } },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    referrerPolicy: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xFrameOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  return (request, response, next) => {
    if (AWAITS_DATA.test(request.method ?? '')) data(request, response, next);
    else (DOCS_PATH.test(request.url ?? '') ? docs : strict)(request, response, next);
  };
}

/** Made anew only for another list: nearly every request is one of these. */
function strictHeaders(pageConnections: PageConnections): Middleware {
  let [connections, middleware] = [pageConnections(), withConnections(pageConnections())];
  return (request, response, next) => {
    const wanted = pageConnections();
    if (wanted !== connections) [connections, middleware] = [wanted, withConnections(wanted)];
    middleware(request, response, next);
  };
}

const withConnections = (connections: readonly string[]): Middleware =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { ...STRICT, connectSrc: [...SELF, ...connections] },
    },
  });
