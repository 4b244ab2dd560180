import { readFile } from 'node:fs/promises';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';
import type { ChatDriver } from './chat-driver.js';
import type { PageGlobal } from './in-page.js';
import { inPageWorld } from './in-page-world.js';
import type { PageWorld } from './page-world.js';
import { seedSessions } from './seeds.js';

describe('Conversations', () => {
  let world: PageWorld;
  let driver: ChatDriver;

  inPageWorld(async (begun) => {
    world = begun;
    await world.putChatflow('other', { name: 'The other', price: { credits: 3 } });
    world.replay.respondWith(flowise.tokens('From the other.'), 'other');
  });

  const items = () => driver.page.locator('.sidebar nav li');
  const item = (topic: string) => items().filter({ hasText: topic });
  const menu = async (topic: string, entry: string): Promise<void> => {
    await item(topic).hover();
    await driver.page.getByRole('button', { name: `Actions for “${topic}”` }).click();
    await driver.page.getByRole('menuitem', { name: entry }).click();
  };

  it('belong to their chatflow, wherever they were opened from, and are charged there', async () => {
    driver = await world.enter();
    const sessions = Array.from({ length: 60 }, (_, index) => ({
      id: `seeded-${index}`,
      topic: `Seeded ${index}`,
      chatflowId: index === 59 ? 'other' : 'assistant',
      turns: 1,
    }));
    await seedSessions(world.server, world.user, sessions);
    // Further back than the first page of the list, and by its address alone.
    await driver.page.goto(`${world.server.url}/#/s/seeded-59`);
    await driver.page.reload();
    await driver.page.getByText('The other · 3 credits per answer').waitFor();
    expect(await driver.page.getByLabel('Chatflow', { exact: true }).inputValue()).toBe('other');
    await driver.ask('And now?');
    await driver.seeText('From the other.');
    await driver.seeStatus('completed');
    expect(await world.charged()).toEqual({ other: 3 });
    expect(await driver.page.title()).toBe('Seeded 59 · Tollgate');
  });

  it('shows no examples of another chatflow', async () => {
    driver = await world.enter();
    await driver.page.getByRole('button', { name: 'What can you do?' }).waitFor();
    await driver.choose('other');
    await driver.page.getByRole('heading', { name: 'Ask “The other”' }).waitFor();
    expect(await driver.page.getByRole('button', { name: 'What can you do?' }).count()).toBe(0);
    await driver.page.reload();
    // The choice stays.
    await driver.page.getByRole('heading', { name: 'Ask “The other”' }).waitFor();
  });

  it('stay in the list, alive, when somebody leaves them while they are answered', async () => {
    const gate = new Gate();
    world.replay.respondWith(flowise.gated(gate, 'one ', 'two'), 'other');
    driver = await world.enter();
    await driver.choose('other');
    await driver.ask('A long one');
    gate.release();
    await driver.seeText('one');
    await driver.page.getByRole('button', { name: 'New chat' }).click();
    await driver.page.getByRole('heading', { name: 'Ask “The other”' }).waitFor();
    await item('A long one').getByLabel('Answering').waitFor();
    await driver.page.reload();
    await item('A long one').getByLabel('Answering').waitFor();
    gate.open();
    await item('A long one').getByLabel('Answering').waitFor({ state: 'detached' });
    await item('A long one').click();
    await driver.seeStatus('completed');
    expect(await driver.answers()).toEqual(['one two']);
  });

  it('get the title that a model makes of their first turn, in the list and in the tab', async () => {
    const gate = new Gate();
    world.replay.respondWith(flowise.gated(gate, 'Watering of tulips'), 'titles');
    world.replay.respondWith(flowise.tokens('In the morning.'), 'titled');
    await world.putChatflow('titles');
    await world.putChatflow('titled', { title: { chatflow: 'titles' } });
    driver = await world.enter();
    await driver.choose('titled');
    await driver.ask('When do tulips drink?');
    await driver.seeStatus('completed');
    await item('When do tulips drink?').waitFor();
    expect(await driver.page.title()).toBe('When do tulips drink? · Tollgate');
    gate.open();
    await item('Watering of tulips').waitFor();
    await driver.page.waitForFunction('document.title === "Watering of tulips · Tollgate"');
    await driver.page.getByRole('heading', { name: 'Watering of tulips' }).waitFor();
    expect(await items().count()).toBe(1);
  });

  it('are listed to the last of five hundred', async () => {
    driver = await world.enter();
    await seedSessions(
      world.server,
      world.user,
      Array.from({ length: 500 }, (_, index) => ({
        id: `many-${index}`,
        topic: `Many ${index}`,
        chatflowId: 'assistant',
        turns: 1,
      })),
    );
    await driver.page.reload();
    await item('Many 49').waitFor();
    for (let seen = 0; seen < 500; seen = await items().count())
      await items().last().scrollIntoViewIfNeeded();
    expect(await items().count()).toBe(500);
    await item('Many 499').click();
    await driver.seeText('0th answer of many-499');
  });

  it('are renamed', async () => {
    driver = await world.enter();
    await driver.ask('help');
    await driver.seeStatus('completed');
    await menu('help', 'Rename');
    const field = driver.page.getByLabel('Name of the conversation');
    await field.fill('Tasks, and how');
    expect(await driver.accessibilityProblems()).toEqual([]);
    await field.press('Enter');
    await item('Tasks, and how').waitFor();
    expect(await driver.page.title()).toBe('Tasks, and how · Tollgate');
    await driver.page.locator('dialog').waitFor({ state: 'detached' });
  });

  it('are deleted when that was really meant', async () => {
    driver = await world.enter();
    await driver.ask('help');
    await driver.seeStatus('completed');
    await menu('help', 'Delete');
    await driver.page.getByRole('heading', { name: 'Delete this conversation?' }).waitFor();
    await driver.shoot('delete');
    expect(await driver.accessibilityProblems()).toEqual([]);
    await driver.page.keyboard.press('Escape');
    await driver.page.locator('dialog').waitFor({ state: 'detached' });
    expect(await items().count()).toBe(1);
    await menu('help', 'Delete');
    await driver.page.getByRole('button', { name: 'Delete', exact: true }).click();
    await driver.page.getByText('Your conversations will be listed here.').waitFor();
    await driver.page.getByRole('heading', { name: 'What can I do for you?' }).waitFor();
  });

  it('are exported', async () => {
    driver = await world.enter();
    await driver.ask('hello');
    await driver.seeStatus('completed');
    for (const [entry, name] of [
      ['Export as Markdown', 'hello.md'],
      ['Export as JSON', 'hello.json'],
    ] as const) {
      const download = driver.page.waitForEvent('download');
      await menu('hello', entry);
      expect((await download).suggestedFilename()).toBe(name);
      const text = await readFile(await (await download).path(), 'utf8');
      expect(text).toContain('hello');
      if (name.endsWith('.json')) expect(JSON.parse(text).messages).toHaveLength(2);
      else expect(text).toMatch(/^# hello\n\n## You\n\nhello\n\n## Assistant\n\n/);
    }
  });

  it('can be walked through with the keyboard alone', async () => {
    driver = await world.enter();
    await driver.ask('help');
    await driver.seeStatus('completed');
    const actions = driver.page.getByRole('button', { name: 'Actions for “help”' });
    await actions.focus();
    await driver.page.keyboard.press('Enter');
    await driver.page.keyboard.press('ArrowDown');
    expect(await driver.focused()).toBe('Export as Markdown');
    await driver.page.keyboard.press('ArrowUp');
    await driver.page.keyboard.press('ArrowUp');
    expect(await driver.focused()).toBe('Delete');
    await driver.page.keyboard.press('Escape');
    expect(
      await actions.evaluate(
        (element) => element === (globalThis as unknown as PageGlobal).document.activeElement,
      ),
    ).toBe(true);
    expect(await driver.page.getByRole('menu').count()).toBe(0);
  });

  it('closes the telephone’s menu on Escape', async () => {
    driver = await world.enter({ width: 360, height: 700 });
    await driver.page.getByRole('button', { name: 'Conversations' }).click();
    const newChat = driver.page.getByRole('button', { name: 'New chat' });
    await newChat.waitFor();
    await driver.page.keyboard.press('Escape');
    await newChat.waitFor({ state: 'hidden' });
  });
});
