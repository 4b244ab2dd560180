import { flowise } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';
import type { ChatDriver } from './chat-driver.js';
import { inPageWorld } from './in-page-world.js';
import type { PageWorld } from './page-world.js';

describe('Asking', () => {
  let world: PageWorld;
  let driver: ChatDriver;

  inPageWorld(async (begun) => {
    world = begun;
    await world.putChatflow('flow');
    world.replay.respondWith(flowise.tokens('Fine.'), 'flow');
  });

  /** A key as an input method has it. */
  const key = (fields: object) =>
    driver.composer.dispatchEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...fields });

  it('does not send with the Enter that ends the composition of a character', async () => {
    driver = await world.enter();
    await driver.composer.fill('안녕');
    await key({ isComposing: true });
    // Safari: the composition has ended before its key comes.
    await key({ keyCode: 229 });
    expect(await driver.composer.inputValue()).toBe('안녕');
    await driver.page.evaluate(`{
      const field = document.activeElement;
      field.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, data: '녕' }));
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
    }`);
    expect(await driver.composer.inputValue()).toBe('안녕');
    expect(await driver.page.locator('.message').count()).toBe(0);
    await driver.composer.press('Enter');
    await driver.seeStatus('completed');
    expect(await driver.questions()).toEqual(['안녕']);
  });

  it('composes with a real input method’s events', async () => {
    driver = await world.enter();
    await driver.composer.focus();
    const devtools = await driver.context.newCDPSession(driver.page);
    await devtools.send('Input.imeSetComposition', { text: '한', selectionStart: 1, selectionEnd: 1 });
    await devtools.send('Input.dispatchKeyEvent', {
      type: 'rawKeyDown',
      key: 'Enter',
      windowsVirtualKeyCode: 229,
    });
    await devtools.send('Input.insertText', { text: '한글' });
    expect(await driver.composer.inputValue()).toBe('한글');
    expect(await driver.page.locator('.message').count()).toBe(0);
  });

  it('asks the chatflow that was chosen last, also before the list of them has come', async () => {
    driver = await world.enter();
    await driver.choose('flow');
    const list = new Gate();
    await driver.page.route(/\/chatflows\b/, async (route) => {
      await list.wait();
      await route.continue();
    });
    await driver.page.reload();
    await driver.ask('How are you?');
    await driver.seeText('Fine.');
    await driver.seeStatus('completed');
    list.open();
  });

  it('says the price before, and what it has cost behind', async () => {
    await world.putChatflow('dear', { name: 'Dear', price: { credits: 7 }, upstream: { flowId: 'flow' } });
    driver = await world.enter();
    await driver.choose('dear');
    await driver.page.getByText('Dear · 7 credits per answer').waitFor();
    await driver.ask('How are you?');
    await driver.seeStatus('completed');
    await driver.page.locator('.message-tools').getByText('7 credits').waitFor();
  });

  it('speaks German and Korean, from the browser’s wish or by choice', async () => {
    driver = await world.enter();
    await driver.page.getByRole('button', { name: 'Settings' }).click();
    await driver.page.getByLabel('Language').selectOption('ko');
    await driver.page.getByRole('heading', { name: '설정' }).waitFor();
    await driver.shoot('settings-korean');
    expect(await driver.accessibilityProblems()).toEqual([]);
    await driver.page.keyboard.press('Escape');
    await driver.page.getByRole('heading', { name: '무엇을 도와드릴까요?' }).waitFor();
    expect(await driver.page.evaluate('document.documentElement.lang')).toBe('ko');
    await driver.page.reload();
    await driver.page.getByRole('button', { name: '새 대화' }).waitFor();
    await driver.page.getByRole('button', { name: '설정' }).click();
    await driver.page.getByLabel('언어').selectOption('de');
    await driver.page.locator('dialog select').nth(1).selectOption('dark');
    expect(await driver.page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    await driver.page.keyboard.press('Escape');
    await driver.page.getByLabel('Deine Nachricht').fill('Hallo');
    await driver.page.keyboard.press('Enter');
    await driver.seeStatus('completed');
    await driver.page.getByText('1 Credit', { exact: true }).waitFor();
    await driver.shoot('german-dark');
  });

  it('is in the language of the browser', async () => {
    driver = await world.enter({ locale: 'de-AT' });
    await driver.page.getByRole('heading', { name: 'Was kann ich für dich tun?' }).waitFor();
  });
});
