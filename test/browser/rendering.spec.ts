import { flowise } from '../support/upstream/flowise-behaviours.js';
import type { ChatDriver } from './chat-driver.js';
import type { PageElement, PageGlobal } from './in-page.js';
import { inPageWorld } from './in-page-world.js';
import type { PageWorld } from './page-world.js';
import { RICH_ANSWER } from './rich-answer.js';

describe('An answer as it is shown', () => {
  let world: PageWorld;
  let driver: ChatDriver;

  inPageWorld(async (begun) => {
    world = begun;
    await world.putChatflow('rich');
    world.replay.respondWith(flowise.tokens(...(RICH_ANSWER.match(/[\s\S]{1,7}/g) ?? [])), 'rich');
  });

  async function answer(text: string, options?: Parameters<PageWorld['enter']>[0]): Promise<void> {
    world.replay.respondWith(flowise.tokens(text), 'rich');
    driver = await world.enter(options);
    await driver.choose('rich');
    await driver.ask('Tell me');
    await driver.seeStatus('completed');
  }
  const markdown = () => driver.page.locator('.markdown').last();

  it.each([
    { width: 1280, height: 1500, theme: 'light', name: 'rich-answer' },
    { width: 1280, height: 1500, theme: 'dark', name: 'rich-answer-dark' },
    { width: 360, height: 800, theme: 'light', name: 'rich-answer-phone' },
    { width: 360, height: 800, theme: 'dark', name: 'rich-answer-phone-dark' },
  ] as const)('has formulas, tables and code at $width px, $theme', async ({ name, ...options }) => {
    await answer(RICH_ANSWER, options);
    await driver.page.locator('.katex-display').waitFor();
    await driver.page.locator('.hljs-keyword').first().waitFor();
    expect(await markdown().locator('.katex').count()).toBe(4);
    expect(await markdown().locator('.katex-error').count()).toBe(0);
    expect(await driver.overflowsSideways()).toBe(false);
    await driver.shoot(name);
    expect(await driver.accessibilityProblems()).toEqual([]);
  });

  it('keeps every character of formulas, entities and money', async () => {
    await answer(RICH_ANSWER);
    await driver.page.locator('.katex-display').waitFor();
    const tex = await markdown().locator('annotation').allTextContents();
    expect(tex).toEqual([
      String.raw`v = \sqrt{\frac{GM}{r}}`,
      String.raw`T = 2\pi \sqrt{\frac{r^3}{GM}}`,
      String.raw`\varepsilon = -\frac{GM}{2r}`,
      String.raw`T \propto r^{3/2}`,
    ]);
    const text = await markdown().innerText();
    expect(text).toContain('between $2,700 and $10,000 per kilogram — fuel < 1 % of it.');
    expect(text).toMatch(/crewed\s*\n\s*since 2000/);
  });

  it('aligns the columns of tables as they are written', async () => {
    await answer(RICH_ANSWER);
    const cells = markdown().locator('tbody tr').first().locator('td');
    const alignments = await cells.evaluateAll((all) =>
      all.map((one) => (globalThis as unknown as PageGlobal).getComputedStyle(one).textAlign),
    );
    expect(alignments).toEqual(['left', 'right', 'center', 'start']);
  });

  it('lets wide tables and code scroll inside', async () => {
    const wide = Array.from({ length: 12 }, (_, index) => `a long heading ${index}`).join(' | ');
    await answer(`| ${wide} |\n|${'---|'.repeat(12)}\n| ${wide} |\n\n\`\`\`\n${'x'.repeat(600)}\n\`\`\``, {
      width: 360,
      height: 700,
    });
    expect(await driver.overflowsSideways()).toBe(false);
    const scrolls = (selector: string) =>
      markdown()
        .locator(selector)
        .evaluate((element) => {
          const { scrollWidth, clientWidth } = element as unknown as PageElement;
          return scrollWidth > clientWidth;
        });
    expect(await scrolls('.table-scroll')).toBe(true);
    expect(await scrolls('pre')).toBe(true);
  });

  it('runs text in its own direction', async () => {
    await answer('Hello.\n\nمرحبا بالعالم');
    const directions = await markdown()
      .locator('p')
      .evaluateAll((all) =>
        all.map((one) => (globalThis as unknown as PageGlobal).getComputedStyle(one).direction),
      );
    expect(directions).toEqual(['ltr', 'rtl']);
  });

  it('copies code and the whole answer', async () => {
    await answer('Run:\n\n```sh\necho "a"\necho b\n```\n');
    await driver.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const clipboard = () => driver.page.evaluate('navigator.clipboard.readText()');
    await driver.page.getByRole('button', { name: 'Copy the code' }).click();
    await driver.page.locator('.code').getByRole('button', { name: 'Copied' }).waitFor();
    expect(await clipboard()).toBe('echo "a"\necho b');
    await driver.page.getByRole('button', { name: 'Copy the answer' }).click();
    await driver.page.locator('.message-tools').getByRole('button', { name: 'Copied' }).waitFor();
    expect(await clipboard()).toContain('```sh');
  });

  it('follows links to the web alone, and without telling where from', async () => {
    await answer('[a](https://example.com) [b](/auth/logout) [c](javascript:alert(1)) [d](data:text/html,x)');
    const links = markdown().locator('a');
    expect(await links.count()).toBe(1);
    expect(await links.getAttribute('rel')).toBe('noopener noreferrer nofollow');
    expect(await links.getAttribute('target')).toBe('_blank');
    expect(await markdown().innerText()).toBe('a b c d');
  });

  it('shows other tags than a line break as they are written', async () => {
    await answer('one<br>two <b>bold</b> <style>*{display:none}</style>\n\n<iframe src="/"></iframe>');
    expect(await markdown().innerText()).toBe(
      'one\ntwo <b>bold</b> <style>*{display:none}</style>\n\n<iframe src="/"></iframe>',
    );
    expect(await markdown().locator('b, style, iframe').count()).toBe(0);
  });
});
