import type { ClientSetup } from '../../support/dialects/dialect-client.js';
import { AGENTS_USERS } from '../../support/dialects/model-users/agents-users.js';
import { AI_SDK_USERS } from '../../support/dialects/model-users/ai-sdk-users.js';
import { LANGCHAIN_USERS } from '../../support/dialects/model-users/langchain-users.js';
import type { Deeds } from '../../support/dialects/model-users/model-user.js';
import { OPENAI_USERS } from '../../support/dialects/model-users/openai-users.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { startModelDouble, type ModelDouble } from '../../support/upstream/model-double.js';

const CREDITS = 1000;
const RAIN = { city: 'Rome', degrees: 20 };
/** The double calls a tool whose name it hears. */
const ASK_TOOL = 'Ask the weather tool how it is';
const TOLD = 'It said: 20 °C in Rome';

const USERS = [...OPENAI_USERS, ...AI_SDK_USERS, ...LANGCHAIN_USERS, ...AGENTS_USERS];

describe('a chatflow whose clients decide about the answer', () => {
  let server: TestServer;
  let model: ModelDouble;

  beforeAll(async () => {
    model = await startModelDouble(RAIN);
    server = await startTestServer({ TURNS_PER_MINUTE: '10000' });
    const { token } = await server.admin();
    await server.request
      .put('/chatflows/open')
      .auth(token, { type: 'bearer' })
      .send({
        name: 'A model',
        provider: 'openai',
        upstream: { baseUrl: model.baseUrl, model: 'm' },
        price: { credits: 1 },
        access: { public: true },
        clientOptions: ['tools', 'tool_choice', 'response_format', 'system'],
      })
      .expect(201);
  });
  afterAll(async () => {
    await server.close();
    await model.close();
  });

  describe.each(USERS.map((user) => [user.name, user] as const))('%s', (_name, user) => {
    let setup: ClientSetup;
    let deeds: Deeds;
    let asked: number;
    let credits = CREDITS;

    beforeAll(async () => {
      const { userId, token } = await server.registerUser({ credits: CREDITS });
      setup = { url: server.url, userId, token, chatflowId: 'open' };
    });
    beforeEach(() => {
      deeds = user.with(setup);
      asked = model.requests.length;
    });
    /** Every request to the model was a turn, and every turn is paid. */
    afterEach(async () => {
      const { available, held } = await server.read('/accounting/balance', setup.token);
      const runs = model.requests.length - asked;
      expect(runs).toBeGreaterThan(0);
      expect(held).toBe(0);
      expect(Number(available)).toBe(credits - runs);
      credits -= runs;
    });
    const sent = () => model.requests.slice(asked);

    it('gets answers of the form that it asks for', async () => {
      const answers = [await deeds.structured('How is Rome? Say it in JSON.')].flat();
      expect(answers).toEqual(answers.map(() => RAIN));
    });

    it('gets them streamed', async () => {
      const answers = [await deeds.structuredStream('How is Rome?')].flat();
      expect(answers).toEqual(answers.map(() => RAIN));
      expect(sent()).toMatchObject([{ response_format: { type: 'json_schema' } }]);
    });

    it('makes the model call a tool', async () => {
      expect(await deeds.demanded('Hi')).toEqual(['weather', { city: 'Rome' }]);
      expect(sent()).toMatchObject([{ tools: [{ function: { name: 'weather' } }] }]);
      // Some say which one.
      expect(JSON.stringify(sent()[0]?.tool_choice)).toMatch(/^"required"$|"name":"weather"/);
    });

    it('runs tools until there is an answer', async () => {
      expect(await deeds.loop(ASK_TOOL)).toBe(TOLD);
      expect(sent()).toHaveLength(2);
    });

    it('runs tools until there is an answer, streamed', async () => {
      expect(await deeds.loopStream(ASK_TOOL)).toBe(TOLD);
      expect(sent()).toHaveLength(2);
    });

    it('goes on behind them, with all that was said', async () => {
      expect(await deeds.goesOn(ASK_TOOL, 'Thanks')).toEqual([TOLD, 'You said: Thanks']);
      const { messages = [] } = sent().at(-1) ?? {};
      const told = messages.filter(({ role }) => role !== 'system');
      expect(told.at(0)).toMatchObject({ role: 'user' });
      expect(JSON.stringify(told)).toContain(ASK_TOOL);
      expect(told.at(-2)).toMatchObject({ role: 'assistant', content: TOLD });
    });
  });
});
