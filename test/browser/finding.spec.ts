import type { ChatDriver } from './chat-driver.js';
import { inPageWorld } from './in-page-world.js';
import type { PageWorld } from './page-world.js';

describe('Search', () => {
  let world: PageWorld;
  let driver: ChatDriver;

  inPageWorld((begun) => {
    world = begun;
  });

  it('finds what was said, shows where, and leads there', async () => {
    driver = await world.enter();
    const { sessionId } = await world.ask('assistant', 'Add a task to buy papayas');
    await world.ask('assistant', 'What are my tasks?', sessionId);
    await world.ask('assistant', 'help');
    await driver.page.reload();
    await driver.composer.waitFor();
    await driver.page.keyboard.press('Control+k');
    const field = driver.page.getByRole('searchbox', { name: 'Search conversations' });
    expect(await driver.page.locator(':focus').getAttribute('type')).toBe('search');
    const match = await driver.search('papay');
    expect((await driver.page.locator('.results mark').first().innerText()).toLowerCase()).toContain(
      'papaya',
    );
    await driver.shoot('search');
    expect(await driver.accessibilityProblems()).toEqual([]);
    await match.click();
    await driver.page.locator('.message[data-wanted="true"]').waitFor();
    await field.fill('nothing like this');
    await driver.page.getByText('Nothing found.').waitFor();
    await field.press('Escape');
    await driver.page.locator('.sidebar nav li').nth(1).waitFor();
  });
});
