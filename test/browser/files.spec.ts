import { flowise } from '../support/upstream/flowise-behaviours.js';
import type { ChatDriver } from './chat-driver.js';
import { inPageWorld } from './in-page-world.js';
import type { PageWorld } from './page-world.js';

/** A red dot. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==',
  'base64',
);

describe('Files', () => {
  let world: PageWorld;
  let driver: ChatDriver;

  inPageWorld(async (begun) => {
    world = begun;
    await world.putChatflow('flow');
    world.replay.respondWith(flowise.tokens('A red dot.'), 'flow');
  });

  async function come(): Promise<void> {
    driver = await world.enter();
    await driver.choose('flow');
  }
  const uploads = () => driver.page.locator('.upload');
  const ready = (name: string) =>
    uploads().filter({ hasText: name }).and(driver.page.locator('[data-state=done]'));
  /** Hands a file over as a browser does when somebody pastes or drops it: Chromium's own events, with a file in them. */
  const hand = (event: 'paste' | 'dragover' | 'drop', name: string) =>
    driver.page.evaluate(`{
      const files = new DataTransfer();
      files.items.add(new File(['content'], ${JSON.stringify(name)}, { type: 'text/plain' }));
      const fields = { bubbles: true, cancelable: true };
      document.activeElement.dispatchEvent(
        '${event}' === 'paste'
          ? new ClipboardEvent('paste', { ...fields, clipboardData: files })
          : new DragEvent('${event}', { ...fields, dataTransfer: files }),
      );
    }`);

  it('are chosen, shown, sent, and there after a reload', async () => {
    await come();
    const chooser = driver.page.waitForEvent('filechooser');
    await driver.page.getByRole('button', { name: 'Attach files' }).click();
    await (
      await chooser
    ).setFiles([
      { name: 'dot.png', mimeType: 'image/png', buffer: PNG },
      { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') },
    ]);
    await ready('dot.png').waitFor();
    await ready('notes.txt').waitFor();
    await driver.shoot('files');
    expect(await driver.accessibilityProblems()).toEqual([]);
    await driver.ask('What is this?');
    await driver.seeStatus('completed');
    expect(world.replay.requests.at(-1)?.body.uploads).toHaveLength(2);
    expect(await uploads().count()).toBe(0);
    await driver.page.reload();
    await driver.page.getByRole('img', { name: 'dot.png' }).waitFor();
    const download = driver.page.waitForEvent('download');
    await driver.page.getByRole('button', { name: 'Open notes.txt' }).click();
    expect((await download).suggestedFilename()).toBe('notes.txt');
    await driver.page.getByRole('button', { name: 'Open dot.png' }).click();
    await driver.page.getByRole('dialog').getByRole('img', { name: 'dot.png' }).waitFor();
    expect(await driver.accessibilityProblems()).toEqual([]);
    await driver.page.keyboard.press('Escape');
  });

  it('are pasted and dropped, and taken back', async () => {
    await come();
    await driver.composer.focus();
    await hand('paste', 'pasted.txt');
    await ready('pasted.txt').waitFor();
    await hand('dragover', 'dropped.txt');
    await driver.page.getByPlaceholder('Drop files to attach them').waitFor();
    await hand('drop', 'dropped.txt');
    await ready('dropped.txt').waitFor();
    await driver.page.getByRole('button', { name: 'Remove pasted.txt' }).click();
    await uploads().nth(1).waitFor({ state: 'detached' });
    await driver.ask('Look');
    await driver.seeStatus('completed');
    expect(world.replay.requests.at(-1)?.body.uploads).toMatchObject([{ name: 'dropped.txt' }]);
  });

  it('tell how far they are over a slow network, and can be taken back on their way', async () => {
    await come();
    const devtools = await driver.context.newCDPSession(driver.page);
    const throttle = (bytesPerSecond: number) =>
      devtools.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: bytesPerSecond,
      });
    await throttle(200_000);
    const file = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.alloc(2_000_000, 'a') });
    await driver.page.locator('input[type=file]').setInputFiles([file('kept.txt'), file('dropped.txt')]);
    const progress = (name: string) => uploads().filter({ hasText: name }).locator('progress');
    const far = async (name: string) => Number(await progress(name).getAttribute('value'));
    const seen: number[] = [0];
    while (seen.length < 4) {
      const now = await far('kept.txt');
      if (now > (seen.at(-1) ?? 0)) seen.push(now);
    }
    expect(seen[1]).toBeLessThan(1);
    expect(await progress('kept.txt').getAttribute('aria-label')).toMatch(/^kept\.txt: \d+ %$/);
    expect(await driver.accessibilityProblems()).toEqual([]);
    const gone = driver.page.waitForEvent('requestfailed', (request) =>
      request.url().includes('dropped.txt'),
    );
    await driver.page.getByRole('button', { name: 'Remove dropped.txt' }).click();
    expect((await gone).failure()?.errorText).toBe('net::ERR_ABORTED');
    await uploads().nth(1).waitFor({ state: 'detached' });
    await throttle(-1);
    await ready('kept.txt').waitFor();
    await driver.ask('Look');
    await driver.seeStatus('completed');
    expect(world.replay.requests.at(-1)?.body.uploads).toMatchObject([{ name: 'kept.txt' }]);
  });

  it('say why they are not taken', async () => {
    await come();
    const input = driver.page.locator('input[type=file]');
    await input.setInputFiles({ name: 'lie.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await driver.page.locator('.upload[data-state=failed]').waitFor();
    await driver.page.getByRole('button', { name: 'Remove lie.png' }).click();
    await input.setInputFiles({
      name: 'big.bin',
      mimeType: 'application/octet-stream',
      buffer: Buffer.alloc(11 * 1024 * 1024),
    });
    await driver.page.getByText('big.bin is too big.').waitFor();
  });

  it('have no place where nobody reads them', async () => {
    driver = await world.enter();
    expect(await driver.page.getByRole('button', { name: 'Attach files' }).count()).toBe(0);
    await driver.composer.focus();
    await hand('paste', 'a.txt');
    await driver.page.getByText('Files cannot be sent to this chatflow.').waitFor();
  });

  it('come along when a question is asked again', async () => {
    await come();
    await driver.page
      .locator('input[type=file]')
      .setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: PNG });
    await ready('dot.png').waitFor();
    await driver.ask('What is this?');
    await driver.seeStatus('completed');
    await driver.page.getByRole('button', { name: 'Answer again' }).click();
    await driver.page.getByLabel('Version 2 of 2').waitFor();
    await driver.page.getByRole('img', { name: 'dot.png' }).waitFor();
    expect(world.replay.requests.at(-1)?.body.uploads).toMatchObject([{ name: 'dot.png' }]);
  });

  it('and what its reader thinks of an answer is kept', async () => {
    await come();
    await driver.ask('What is this?');
    await driver.seeStatus('completed');
    const good = driver.page.getByRole('button', { name: 'Good answer' });
    const bad = driver.page.getByRole('button', { name: 'Bad answer' });
    await good.click();
    await driver.page.locator('[aria-label="Good answer"][aria-pressed=true]').waitFor();
    await bad.click();
    await driver.page.getByLabel('What was wrong with it?').fill('It is blue.');
    await driver.page.keyboard.press('Enter');
    await driver.page.locator('[aria-label="Bad answer"][aria-pressed=true]').waitFor();
    await driver.page.getByLabel('What was wrong with it?').waitFor({ state: 'detached' });
    await driver.page.reload();
    await driver.page.locator('[aria-label="Bad answer"][aria-pressed=true]').waitFor();
    await bad.click();
    await driver.page.locator('[aria-label="Bad answer"][aria-pressed=false]').waitFor();
  });
});
