import type { INestApplication } from '@nestjs/common';
import { AccountBootstrap } from './auth/accounts/account-bootstrap.service.js';
import { AccountsService } from './auth/accounts/accounts.service.js';
import { AccessTokenService } from './auth/tokens/access-token.service.js';
import type { DemoAccess } from './banner.js';
import { newId } from './platform/ids.js';

/** What the banner shows of the demo user; `undefined` where there is none, as in production. */
export async function demoAccess(app: INestApplication): Promise<DemoAccess | undefined> {
  const anywhere = { strict: false };
  const bootstrap = app.get(AccountBootstrap, anywhere);
  if (bootstrap.demoEmail === undefined) return undefined;
  const user = await app.get(AccountsService, anywhere).find(bootstrap.demoEmail);
  if (user === undefined) return undefined;
  const tokens = app.get(AccessTokenService, anywhere);
  return {
    email: user.email,
    password: bootstrap.created?.password,
    accessToken: await tokens.sign(user, { id: newId(), issuedAt: new Date() }),
    expiresInSeconds: tokens.expiresInSeconds,
  };
}
