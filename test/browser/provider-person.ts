import type { Page } from 'playwright-core';
import type { ChatDriver } from './chat-driver.js';

/** The pages of `oidc-provider` wait for a font of somebody else's host. */
export async function withoutForeignFonts(driver: ChatDriver): Promise<void> {
  await driver.context.route(/fonts\.googleapis\.com/, (route) => route.abort());
}

export const signInButton = (page: Page, provider: string) =>
  page.getByRole('button', { name: `Sign in with ${provider}` });

/** Signs in at the provider that the page has left for, which sends whoever that is back. */
export async function consentThere({ page }: ChatDriver, login: string): Promise<void> {
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** Signs in at the provider that the page has left for, and comes back to the chat. */
export async function signInThere(driver: ChatDriver, login: string): Promise<void> {
  await consentThere(driver, login);
  const { composer, page } = driver;
  await composer.waitFor().catch(async (error: unknown) => {
    throw new Error(`not signed in: ${page.url()} ${await page.locator('body').innerText()}`, {
      cause: error,
    });
  });
}

/** From the sign-in screen. */
export async function signInAt(driver: ChatDriver, provider: string, login: string): Promise<void> {
  await signInButton(driver.page, provider).click();
  await signInThere(driver, login);
}
