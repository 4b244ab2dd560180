import type { Express, Response } from 'express';
import { toJson } from '../json/to-json.js';

/**
 * Makes every JSON answer one line by any rule, as the frames of the streams are, and always the answer itself: there is nothing that a client could
 * have kept of an earlier one, so that a condition (`If-None-Match: *`) is no reason for a 304.
 */
export function answerWholeJson(app: Express): void {
  Object.defineProperty(app.request, 'fresh', { value: false, configurable: true });
  app.response.json = function (this: Response, body: unknown): Response {
    if (this.get('Content-Type') === undefined) this.set('Content-Type', 'application/json');
    return this.send(toJson(body));
  };
}
