import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Express middleware for whoever is reached below a path: requests from which the proxy has not cut it off are treated as those from which it has. Links of
 * the page and of Swagger UI are relative to where they stand, so they want the slash behind it.
 * @param basePath without a trailing slash
 */
export function belowBasePath(basePath: string) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const { url = '/' } = request;
    if (url === basePath || url.startsWith(`${basePath}?`)) {
      response.writeHead(308, { Location: `${basePath}/${url.slice(basePath.length)}` }).end();
      return;
    }
    if (url.startsWith(`${basePath}/`)) request.url = url.slice(basePath.length);
    next();
  };
}
