import type { Express, Response } from 'express';
import { toJson } from '../json/to-json.js';

/** Makes every JSON answer one line by any rule, as the frames of the streams are. */
export function answerOneLineJson(app: Express): void {
  app.response.json = function (this: Response, body: unknown): Response {
    if (this.get('Content-Type') === undefined) this.set('Content-Type', 'application/json');
    return this.send(toJson(body));
  };
}
