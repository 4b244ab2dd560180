import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Response } from 'express';
import type { Bypass } from '../../contract/bypass.js';

const SETTING = 'bypasses off';

/** Makes it known to whoever has a response of the application. */
export function setBypassesOff(app: Pick<NestExpressApplication, 'set'>, off: readonly Bypass[]): void {
  app.set(SETTING, off);
}

/** Whether a response may be written past what Node and Nest have for it. */
export function mayBypass({ app }: Response, bypass: Bypass): boolean {
  const off = app.get(SETTING) as readonly Bypass[] | undefined;
  return off?.includes(bypass) !== true;
}
