import type { Page } from 'playwright-core';
import type { ChatDriver } from '../browser/chat-driver.js';
import { PASSWORD } from './documented-realm.js';

/** Fills in Keycloak's form, which is to be seen. */
export async function signInThere(page: Page, username: string): Promise<void> {
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(PASSWORD);
  await page.locator('#kc-login').click();
}

/** From the sign-in screen to the chat. @returns the tokens that the page has */
export async function signInAtKeycloak(driver: ChatDriver, username: string): Promise<PageTokens> {
  const { page, composer } = driver;
  await page.getByRole('button', { name: 'Sign in with Corp' }).click();
  await signInThere(page, username);
  await composer.waitFor().catch(async (cause: unknown) => {
    throw new Error(`not signed in: ${page.url()} ${await page.locator('body').innerText()}`, { cause });
  });
  return tokensOf(driver);
}

export interface PageTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** As the page keeps them. */
export async function tokensOf({ page }: ChatDriver): Promise<PageTokens> {
  const values = await page.evaluate<string[]>('Object.values(sessionStorage)');
  const kept = values.find((value) => value.includes('accessToken'));
  if (kept === undefined) throw new Error(`There are no tokens: ${values.join()}`);
  return JSON.parse(kept) as PageTokens;
}

/** What a token says. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  return JSON.parse(claims) as Readonly<Record<string, unknown>>;
}
