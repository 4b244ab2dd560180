import { join } from 'node:path';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';

const SCREENSHOTS = join(import.meta.dirname, '../../docs/screenshots');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface DriverOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  readonly locale?: string;
}

/** What moves for ever is not waited for. */
const FADED = `Promise.allSettled(document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
  .map(({ finished }) => finished)).then(() => undefined)`;

/** A person in front of the page. */
export class ChatDriver {
  /** What the browser complained about: errors of the page, violations of its policy. */
  readonly complaints: string[] = [];
  /** Requests without an answer, or refused: for whoever wants to know why something is not shown. */
  private readonly lost: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly url: string,
  ) {
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      const isComplaint = message.type() === 'error' && !message.text().includes('Failed to load resource');
      if (isComplaint) this.complaints.push(message.text());
    });
    page.on('requestfailed', (request) =>
      this.lost.push(`${request.url()}: ${request.failure()?.errorText}`),
    );
    page.on('response', (response) => {
      if (response.status() >= 400) this.lost.push(`${response.url()}: ${response.status()}`);
    });
  }

  static async open(browser: Browser, url: string, options: DriverOptions = {}): Promise<ChatDriver> {
    const { width = 1100, height = 760, theme = 'light', locale = 'en-US' } = options;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      locale,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const driver = new ChatDriver(context, page, url);
    await page.goto(url);
    return driver;
  }

  /** Another tab of the same browser. */
  async openTab(): Promise<ChatDriver> {
    const page = await this.context.newPage();
    page.setDefaultTimeout(30_000);
    const driver = new ChatDriver(this.context, page, this.url);
    await page.goto(this.page.url());
    return driver;
  }

  async signIn(email: string, password: string): Promise<void> {
    try {
      // In whatever language.
      await this.page.locator('input[type=email]').fill(email);
      await this.page.locator('input[type=password]').fill(password);
      await this.page.locator('button[type=submit]').click();
      await this.page.locator('.composer textarea').waitFor();
    } catch (cause) {
      const shown = await this.page.locator('body').innerText();
      const lost = this.lost.join('\n');
      throw new Error(`Not signed in. The page shows:\n${shown}\nIt did not get:\n${lost}`, { cause });
    }
  }

  get composer() {
    return this.page.getByLabel('Your message');
  }

  /** Chooses whom a new conversation asks. */
  async choose(chatflowId: string): Promise<void> {
    await this.page.getByLabel('Chatflow', { exact: true }).selectOption(chatflowId);
  }

  async ask(question: string): Promise<void> {
    await this.composer.fill(question);
    await this.composer.press('Enter');
  }

  /** Texts of all answers, as they are shown. On a slow network they are shown as they were written until the parser is there. */
  async answers(): Promise<string[]> {
    const texts = await this.page.locator('.message[data-role="assistant"] .tollgate-text').allInnerTexts();
    return texts.map((text) => text.trim());
  }

  questions(): Promise<string[]> {
    return this.page.locator('.message[data-role="user"] .tollgate-text').allInnerTexts();
  }

  /** Waits until the last answer shows this text. */
  async seeText(text: string): Promise<void> {
    await this.page.locator('.message[data-role="assistant"]').last().getByText(text).first().waitFor();
  }

  /** Waits until the last answer is in this state. */
  async seeStatus(status: string): Promise<void> {
    await this.page
      .locator(`.message:last-child .tollgate-message[data-role="assistant"][data-status="${status}"]`)
      // One that failed before it said anything is empty.
      .waitFor({ state: 'attached' });
  }

  /** Searches until something is found, some seconds after the turn has ended at most. @returns where it was said */
  async search(words: string) {
    const field = this.page.getByRole('searchbox', { name: 'Search conversations' });
    const match = this.page.locator('.results .match').first();
    for (;;) {
      await field.fill(words);
      await this.page.locator('nav[aria-busy="false"] .results').waitFor({ state: 'attached' });
      if (await match.isVisible()) return match;
      await field.fill('');
    }
  }

  async seeBalance(credits: number): Promise<void> {
    await this.page
      .getByTestId('balance')
      .getByText(String(credits), { exact: true })
      .waitFor({ state: 'attached' });
  }

  async shoot(name: string): Promise<void> {
    if (process.env.SCREENSHOTS !== undefined)
      await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: 'disabled' });
  }

  /** What axe finds serious or critical, as `rule: element`. */
  async accessibilityProblems(): Promise<string[]> {
    // Evaluated by the debugger: the page's policy would not let it in as a script.
    await this.page.evaluate(AXE);
    // A colour on its way to another is not one that anybody reads.
    await this.page.evaluate(FADED);
    return this.page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: {
          run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
        };
      };
      const { violations } = await axe.run();
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    });
  }

  /** What the focused element says. */
  focused(): Promise<string> {
    return this.page.evaluate('document.activeElement.textContent.trim()');
  }

  /** Whether something is wider than the window. */
  overflowsSideways(): Promise<boolean> {
    return this.page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
