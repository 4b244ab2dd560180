import { newId } from '../../src/platform/ids.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import type { ChatDriver } from './chat-driver.js';
import { inPageWorld } from './in-page-world.js';
import type { PageWorld } from './page-world.js';

const NO_CREDITS = 'Not enough credits: this costs 1, and you have 0.';

describe('A question that was refused', () => {
  let world: PageWorld;
  let driver: ChatDriver;

  inPageWorld(async (begun) => {
    world = begun;
    await world.putChatflow('flow');
    world.replay.respondWith(flowise.tokens('Fine.'), 'flow');
  });

  /** Somebody with so many credits. */
  async function enterWith(credits: number): Promise<void> {
    world.user = await world.server.registerUser({ credits });
    driver = await world.come();
    await driver.choose('flow');
  }
  async function grant(amount: number): Promise<void> {
    const { token } = await world.server.admin();
    await world.server.request
      .post(`/accounting/accounts/${world.user.userId}/adjustments`)
      .auth(token, { type: 'bearer' })
      .set('Idempotency-Key', newId())
      .send({ amount, reason: 'a test' })
      .expect(201);
  }
  const newChat = () => driver.page.getByRole('button', { name: 'New chat' }).click();
  const show = (topic: string) => driver.page.locator('.sidebar nav li').filter({ hasText: topic }).click();
  const tryAgain = () => driver.page.getByRole('button', { name: 'Try again' });
  const seeNothingAsked = () => driver.page.getByRole('heading', { name: 'Ask “flow”' }).waitFor();

  it('is there with its error when somebody comes back, also over a reload, and is asked again', async () => {
    await enterWith(1);
    await driver.ask('one');
    await driver.seeStatus('completed');
    await driver.ask('two');
    await driver.page.getByText(NO_CREDITS).waitFor();
    await newChat();
    await seeNothingAsked();
    await show('one');
    await driver.page.getByText(NO_CREDITS).waitFor();
    expect(await driver.questions()).toEqual(['one', 'two']);
    await driver.page.reload();
    await driver.page.getByText(NO_CREDITS).waitFor();
    expect(await driver.questions()).toEqual(['one', 'two']);
    expect(await driver.accessibilityProblems()).toEqual([]);
    await grant(5);
    await tryAgain().click();
    await driver.seeStatus('completed');
    await driver.page.reload();
    await driver.seeStatus('completed');
    expect(await driver.questions()).toEqual(['one', 'two']);
    expect(await driver.answers()).toEqual(['Fine.', 'Fine.']);
    expect(await world.charged()).toEqual({ flow: 2 });
  });

  it('stays where it would have begun a conversation, until that is given up', async () => {
    await enterWith(1);
    await driver.ask('one');
    await driver.seeStatus('completed');
    await newChat();
    await driver.ask('two');
    await driver.page.getByText(NO_CREDITS).waitFor();
    await show('one');
    await driver.seeText('Fine.');
    expect(await driver.questions()).toEqual(['one']);
    await newChat();
    await driver.page.getByText(NO_CREDITS).waitFor();
    await driver.page.reload();
    await driver.page.getByText(NO_CREDITS).waitFor();
    expect(await driver.questions()).toEqual(['two']);
    await newChat();
    await seeNothingAsked();
    await driver.page.reload();
    await seeNothingAsked();
  });

  it('stands in the branch that it would have begun', async () => {
    await enterWith(2);
    await driver.ask('one');
    await driver.seeStatus('completed');
    await driver.ask('two');
    await driver.seeStatus('completed');
    await driver.page.reload();
    await driver.seeStatus('completed');
    await driver.page.getByRole('button', { name: 'Answer again' }).last().click();
    await driver.page.getByText(NO_CREDITS).waitFor();
    await driver.page.reload();
    await driver.page.getByText(NO_CREDITS).waitFor();
    expect(await driver.questions()).toEqual(['one', 'two']);
    await grant(1);
    await tryAgain().click();
    await driver.page.getByLabel('Version 2 of 2').waitFor();
    await driver.seeStatus('completed');
    expect(await driver.questions()).toEqual(['one', 'two']);
  });

  it('is kept when the network went away under it, and asked once', async () => {
    await enterWith(5);
    await driver.ask('one');
    await driver.seeStatus('completed');
    await driver.context.setOffline(true);
    await driver.ask('two');
    await driver.page.getByText('Reconnecting').waitFor();
    await newChat();
    await seeNothingAsked();
    await driver.context.setOffline(false);
    await show('one');
    await tryAgain().waitFor();
    expect(await driver.questions()).toEqual(['one', 'two']);
    await tryAgain().click();
    await driver.seeStatus('completed');
    await driver.page.reload();
    await driver.seeStatus('completed');
    expect(await driver.questions()).toEqual(['one', 'two']);
    expect(await world.charged()).toEqual({ flow: 2 });
  });

  it('is nobody else’s who signs in', async () => {
    await enterWith(0);
    await driver.ask('A secret');
    await driver.page.getByText('Not enough credits').waitFor();
    await driver.page.getByRole('button', { name: 'Sign out' }).click();
    await driver.page.locator('input[type=password]').waitFor();
    const other = await world.server.registerUser();
    await driver.signIn(other.email, other.password);
    await seeNothingAsked();
    expect(await driver.page.evaluate('JSON.stringify(localStorage)')).not.toContain('A secret');
  });
});
