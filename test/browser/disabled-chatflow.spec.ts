import { flowise } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';
import { inPageWorld } from './in-page-world.js';
import type { PageWorld } from './page-world.js';

const NOTICES = {
  'en-US': '“Flow” is disabled for now: what was said can be read, but nothing can be asked.',
  'de-DE':
    '„Flow“ ist zurzeit abgeschaltet: Was gesagt wurde, lässt sich lesen, aber fragen lässt sich nichts.',
  'ko-KR': '“Flow” 챗플로는 현재 비활성화되어 있습니다. 지난 대화는 읽을 수 있지만 질문할 수는 없습니다.',
} as const;
const ENGLISH = NOTICES['en-US'];

describe('A chatflow that is disabled', () => {
  let world: PageWorld;
  inPageWorld((begun) => {
    world = begun;
  });

  const put = (disabled: boolean) => world.putChatflow('flow', { name: 'Flow', disabled });

  beforeEach(async () => {
    await put(false);
    world.replay.respondWith(flowise.tokens('Fine.'), 'flow');
  });

  it('ends what it is answering, and says in the conversation why it does not go on', async () => {
    const driver = await world.enter();
    const { page, composer } = driver;
    const gate = new Gate();
    world.replay.respondWith(flowise.gated(gate, 'One.', 'Two.'), 'flow');
    await driver.choose('flow');
    await driver.ask('first');
    gate.release();
    await driver.seeText('One.');
    await put(true);
    await page.getByText(ENGLISH).waitFor();
    gate.open();
    expect(await driver.answers()).toEqual(['One.']);
    await composer.pressSequentially('second');
    expect(await composer.inputValue()).toBe('');
    expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Edit the question' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    expect(await driver.accessibilityProblems()).toEqual([]);
  });

  it('says so to whoever asks it all the same, keeps the question, and goes on when it is enabled', async () => {
    const driver = await world.enter();
    const { page } = driver;
    await driver.choose('flow');
    await put(true);
    await driver.ask('too late');
    await page.getByText('This chatflow is disabled: nothing can be asked of it for now.').waitFor();
    await page.getByText(ENGLISH).waitFor();
    expect(await driver.questions()).toEqual(['too late']);
    await put(false);
    await page.reload();
    await page.getByRole('button', { name: 'Try again' }).click();
    await driver.seeStatus('completed');
    expect(await page.getByText(ENGLISH).count()).toBe(0);
    expect(await world.charged()).toEqual({ flow: 1 });
  });

  it.each(Object.entries(NOTICES))(
    'can be read about in %s, and is chosen for nothing new',
    async (locale, notice) => {
      const driver = await world.enter({ locale });
      const { page } = driver;
      const { sessionId } = await world.ask('flow', 'Is it?');
      await put(true);
      await page.evaluate(`localStorage.setItem('tollgate.chatflow', 'flow')`);
      await page.goto(`${world.address}/#/s/${sessionId}`);
      await page.reload();
      await page.getByText(notice).waitFor();
      await driver.seeText('Fine.');
      const chosen = page.locator('.bar select');
      expect(await chosen.inputValue()).toBe('flow');
      expect(await page.locator('.composer textarea').isEditable()).toBe(false);
      await page.goto(`${world.address}/#/`);
      await page.reload();
      await page.locator('.welcome').waitFor();
      await page.locator('.price').getByText('Todo assistant').waitFor();
      expect(await chosen.count()).toBe(0);
      expect(await page.locator('.composer textarea').isEditable()).toBe(true);
    },
  );
});
