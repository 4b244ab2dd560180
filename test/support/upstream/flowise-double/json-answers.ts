import type { ServerResponse } from 'node:http';

export function sendJson(response: ServerResponse, status: number, document: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(document));
}

/** @param stack empty unless Flowise runs in development */
export function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  stack: unknown = {},
): void {
  sendJson(response, status, { statusCode: status, success: false, message, stack });
}
