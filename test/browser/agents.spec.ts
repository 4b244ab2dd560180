import { flowise } from '../support/upstream/flowise-behaviours.js';
import { startFlowiseDouble, type FlowiseDouble } from '../support/upstream/flowise-double/flowise-double.js';
import type { ChatDriver } from './chat-driver.js';
import { inPageWorld } from './in-page-world.js';
import type { PageWorld } from './page-world.js';

const SOURCES = [
  {
    pageContent: 'Plants drink in the morning.',
    metadata: { title: 'Gardening', url: 'https://example.com/g' },
  },
  { pageContent: 'Roots rot in wet soil.', metadata: { source: 'notes.txt' } },
];

describe('What an agent tells and asks', () => {
  let world: PageWorld;
  let double: FlowiseDouble;
  let driver: ChatDriver;

  inPageWorld(async (begun) => {
    world = begun;
    double = await startFlowiseDouble();
    double.defineFlow('agent', { kind: 'humanInput' });
    await world.putChatflow('agent', { upstream: { flowId: 'agent', baseUrl: double.url } });
    await world.putChatflow('waits', {
      upstream: { flowId: 'agent', baseUrl: double.url },
      inputWaitSeconds: 60,
    });
    await world.putChatflow('thinker');
  });
  afterAll(() => double.close());

  const region = () => driver.page.getByRole('region', { name: 'The agent waits for your decision.' });
  async function askAgent(chatflowId = 'agent'): Promise<void> {
    driver = await world.enter();
    await driver.choose(chatflowId);
    await driver.ask('6*7?');
    await region().waitFor();
  }

  it('is answered by a button, also after a reload', async () => {
    await askAgent();
    await driver.shoot('agent-question');
    expect(await driver.accessibilityProblems()).toEqual([]);
    await driver.page.reload();
    await driver.page.getByRole('button', { name: 'Proceed' }).click();
    await driver.page.locator('.tollgate-tool').first().waitFor();
    await driver.seeStatus('completed');
    expect(await driver.questions()).toEqual(['6*7?', 'Proceed']);
    expect(double.requests.at(-1)?.body.humanInput).toMatchObject({ type: 'proceed' });
    expect(await driver.page.locator('.agent-question').count()).toBe(0);
  });

  it('is refused', async () => {
    await askAgent();
    await driver.page.getByRole('button', { name: 'Reject' }).click();
    await driver.page.locator('.message').nth(3).waitFor();
    await driver.seeStatus('completed');
    expect(double.requests.at(-1)?.body.humanInput).toMatchObject({ type: 'reject' });
  });

  it('is answered in words', async () => {
    await askAgent();
    await driver.page.getByLabel('Your answer to the agent').fill('Yes, but once.');
    await driver.page.getByRole('button', { name: 'Answer', exact: true }).click();
    await driver.page.locator('.message').nth(3).waitFor();
    await driver.seeStatus('completed');
    expect(await driver.questions()).toEqual(['6*7?', 'Yes, but once.']);
    expect(double.requests.at(-1)?.body.humanInput).toMatchObject({
      type: 'proceed',
      feedback: 'Yes, but once.',
    });
  });

  describe('while its turn stays open', () => {
    const click = (name: string) => driver.page.getByRole('button', { name, exact: true }).click();
    const answers: readonly (readonly [string, () => Promise<void>, object])[] = [
      ['the button that proceeds', () => click('Proceed'), { type: 'proceed' }],
      ['the button that refuses', () => click('Reject'), { type: 'reject' }],
      [
        'words',
        async () => {
          await driver.page.getByLabel('Your answer to the agent').fill('Yes, but once.');
          await click('Answer');
        },
        { type: 'proceed', feedback: 'Yes, but once.' },
      ],
    ];
    it.each(
      answers.flatMap(([how, answer, said]) =>
        [false, true].map((isReloaded) => ({ how, answer, said, when: isReloaded ? ' after a reload' : '' })),
      ),
    )('is answered by $how$when', async ({ answer, said, when }) => {
      await askAgent('waits');
      await driver.seeStatus('streaming');
      if (when !== '') {
        await driver.page.reload();
        await region().waitFor();
        await driver.seeStatus('streaming');
        expect(await driver.questions()).toEqual(['6*7?']);
      }
      // It is still the turn that asked: it can be stopped, and nothing else is asked beside it.
      await driver.page.getByRole('button', { name: 'Stop answering' }).waitFor();
      await answer();
      await driver.seeStatus('completed');
      expect(double.requests.at(-1)?.body.humanInput).toMatchObject(said);
      const whole = await driver.answers();
      expect(whole).toHaveLength(1);
      for (const reload of [false, true]) {
        if (reload) await driver.page.reload();
        await driver.seeStatus('completed');
        expect(await driver.questions()).toEqual(['6*7?']);
        expect(await driver.answers()).toEqual(whole);
        expect(await region().count()).toBe(0);
      }
      expect(await world.charged()).toEqual({ waits: 1 });
    });

    it('is answered in one of two tabs, and goes from the other', async () => {
      await askAgent('waits');
      const other = await driver.openTab();
      await other.page.getByRole('region', { name: 'The agent waits for your decision.' }).waitFor();
      await click('Proceed');
      await Promise.all([driver.seeStatus('completed'), other.seeStatus('completed')]);
      expect(await other.page.locator('.agent-question').count()).toBe(0);
      expect(await other.answers()).toEqual(await driver.answers());
      expect(other.complaints).toEqual([]);
    });
  });

  it('folds its reasoning, and opens tools and sources', async () => {
    world.replay.respondWith(
      flowise.frames(
        ['thinking', 'Plants need water. '],
        ['thinking', 'When?'],
        ['usedTools', [{ tool: 'calendar', toolInput: { day: 'today' }, toolOutput: 'Sunday' }]],
        ['token', 'In the morning.'],
        ['sourceDocuments', SOURCES],
        ['end', '[DONE]'],
      ),
      'thinker',
    );
    driver = await world.enter();
    await driver.choose('thinker');
    await driver.ask('When do I water the plants?');
    await driver.seeStatus('completed');
    for (const reload of [false, true]) {
      if (reload) await driver.page.reload();
      const reasoning = driver.page.locator('.tollgate-reasoning');
      await reasoning.waitFor();
      const thought = driver.page.getByText('Plants need water. When?');
      expect(await thought.isVisible()).toBe(false);
      await reasoning.locator('summary').click();
      await thought.waitFor();
      await driver.page.locator('.tollgate-tool summary').click();
      await driver.page.getByText('"day": "today"').waitFor();
      await driver.page.getByText('Sunday').waitFor();
      await driver.page.getByText('2 sources').click();
      await driver.page.getByText('Gardening').click();
      await driver.page.getByText('Plants drink in the morning.').waitFor();
      expect(await driver.page.getByRole('link', { name: 'example.com' }).getAttribute('href')).toBe(
        'https://example.com/g',
      );
    }
    await driver.page.setViewportSize({ width: 1280, height: 1000 });
    await driver.shoot('agent');
    expect(await driver.accessibilityProblems()).toEqual([]);
  });
});
