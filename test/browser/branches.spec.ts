import { flowise } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';
import type { ChatDriver } from './chat-driver.js';
import { inPageWorld } from './in-page-world.js';
import type { PageWorld } from './page-world.js';

describe('Branches of a conversation', () => {
  let world: PageWorld;
  let driver: ChatDriver;

  inPageWorld(async (begun) => {
    world = begun;
    await world.putChatflow('flow', { name: 'Flow', price: { credits: 2 } });
  });

  const answers = (...tokens: readonly string[]) => {
    world.replay.respondWith(flowise.tokens(...tokens), 'flow');
  };
  const button = (name: string) => driver.page.getByRole('button', { name, exact: true }).last();
  async function begin(question: string, answer: string): Promise<void> {
    answers(answer);
    driver = await world.enter();
    await driver.choose('flow');
    await driver.ask(question);
    await driver.seeText(answer);
    await driver.seeStatus('completed');
  }

  it('begin with a question in other words, and can be walked', async () => {
    await begin('First', 'One.');
    answers('Two.');
    await driver.ask('Second');
    await driver.seeText('Two.');
    await driver.seeStatus('completed');
    answers('Another two.');
    await driver.page.locator('.message[data-role="user"]').last().hover();
    await button('Edit the question').click();
    const field = driver.page.getByLabel('The question in other words');
    expect(await field.inputValue()).toBe('Second');
    await field.fill('Second, otherwise');
    await field.press('Enter');
    await driver.seeText('Another two.');
    await driver.seeStatus('completed');
    expect(await driver.questions()).toEqual(['First', 'Second, otherwise']);
    await driver.page.getByLabel('Version 2 of 2').waitFor();
    await driver.shoot('branches');
    expect(await driver.accessibilityProblems()).toEqual([]);

    await button('Previous version').click();
    await driver.page.getByLabel('Version 1 of 2').waitFor();
    expect(await driver.questions()).toEqual(['First', 'Second']);
    expect(await driver.answers()).toEqual(['One.', 'Two.']);

    // What is asked here follows what is shown.
    answers('Three.');
    await driver.ask('Third');
    await driver.seeText('Three.');
    await driver.seeStatus('completed');
    expect(await driver.answers()).toEqual(['One.', 'Two.', 'Three.']);
    await driver.page.reload();
    await driver.seeText('Three.');
    expect(await driver.questions()).toEqual(['First', 'Second', 'Third']);
    expect(await world.charged()).toEqual({ flow: 8 });
  });

  it('begin with another answer to the same question', async () => {
    await begin('First', 'One.');
    answers('Other.');
    await button('Answer again').click();
    await driver.seeText('Other.');
    await driver.seeStatus('completed');
    expect(await driver.questions()).toEqual(['First']);
    await driver.page.getByLabel('Version 2 of 2').waitFor();
    await button('Previous version').click();
    await driver.seeText('One.');
    await button('Next version').click();
    await driver.seeText('Other.');
  });

  it('take the place of an answer that was stopped, which is not shown twice', async () => {
    const gate = new Gate();
    world.replay.respondWith(flowise.gated(gate, 'half ', 'whole'), 'flow');
    driver = await world.enter();
    await driver.choose('flow');
    await driver.ask('Do it');
    gate.release();
    await driver.seeText('half');
    await button('Stop answering').click();
    await driver.page.getByText('Stopped · 2 credits').waitFor();
    gate.open();
    answers('Done.');
    await button('Try again').click();
    await driver.seeText('Done.');
    await driver.seeStatus('completed');
    expect(await driver.questions()).toEqual(['Do it']);
    expect(await driver.answers()).toEqual(['Done.']);
    await driver.page.reload();
    await driver.seeText('Done.');
    expect(await driver.questions()).toEqual(['Do it']);
    await driver.page.getByLabel('Version 2 of 2').waitFor();
  });

  it('keep their prices when they are opened again', async () => {
    await begin('First', 'One.');
    const price = driver.page.locator('.message-tools').getByText('2 credits');
    await price.waitFor();
    await driver.page.reload();
    await price.waitFor();
  });

  it('keep a question that failed, with its error, and ask it again in its place', async () => {
    world.replay.respondWith(flowise.frames(['error', 'The model is away.']), 'flow');
    driver = await world.enter();
    await driver.choose('flow');
    await driver.ask('Fail');
    await driver.seeStatus('failed');
    await driver.page.reload();
    await driver.seeStatus('failed');
    expect(await driver.questions()).toEqual(['Fail']);
    await driver.shoot('failed');
    answers('Better.');
    await button('Try again').click();
    await driver.seeText('Better.');
    await driver.seeStatus('completed');
    expect(await driver.questions()).toEqual(['Fail']);
    expect(await world.charged()).toEqual({ flow: 2 });
  });
});
