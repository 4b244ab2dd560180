import fc from 'fast-check';
import { PredictEncoder } from '../../src/chat/dialects/predict/predict.encoder.js';
import type { ProviderEvent } from '../../src/contract/chat-event.js';
import { wellFormed } from '../../src/chat/events/well-formed.js';
import { fromStoredAnswer, toStoredAnswer } from '../../src/chat/records/stored-answer.js';
import { TurnLog } from '../../src/chat/turn/log/turn-log.js';
import type { TurnRecord } from '../../src/chat/records/turn.js';
import { MESSAGE_MODEL, SESSION_MODEL } from '../../src/persistence/chat/history.schema.js';
import { TURN_MODEL } from '../../src/persistence/chat/turn.schema.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import { MongooseHistoryStore } from '../../src/persistence/chat/mongoose-history.store.js';
import { toMessages } from '../../src/upstream/openai/openai-messages.js';
import { completionBody } from '../../src/upstream/openai/openai-request.js';
import { providerRequest } from '../support/upstream/provider-harness.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

const RUNS = 60;
/** Halves of pairs, what ends lines in some places and not in others, and what databases and terminals mind. */
const PIECES = [
  'a',
  '\ud83d',
  '\ude00',
  '😀',
  '\0',
  '\u2028',
  '\u2029',
  '\u0085',
  '\ufeff',
  'é',
  '\r\n',
  '"',
  '\\ud83d',
  '$x.y',
];
const nasty = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join(''));
const event: fc.Arbitrary<ProviderEvent> = fc.oneof(
  { weight: 5, arbitrary: nasty.map((text): ProviderEvent => ({ type: 'text-delta', text })) },
  nasty.map((text): ProviderEvent => ({ type: 'reasoning-delta', text })),
  fc.tuple(nasty, nasty).map(([name, value]): ProviderEvent => ({
    type: 'tool-call',
    toolCallId: '1',
    toolName: 'x',
    input: { [name]: [value] },
  })),
);

function logOf(events: readonly ProviderEvent[]): TurnLog {
  const log = new TurnLog();
  for (const one of events) log.append(one);
  log.seal();
  return log;
}

/** What a client reads of a log. */
function shownOf(log: TurnLog): unknown[] {
  const encoder = new PredictEncoder({ turnId: 't', sessionId: 's', chatflowId: 'c' });
  const frames = log.read(0).map(({ event: one, end }) => encoder.encode(one, end));
  // As bytes and back, which is where half a character would get lost.
  const bytes = Buffer.from(frames.join('')).toString('utf8');
  return bytes
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)) as unknown);
}

describe('an answer, whatever its characters', () => {
  let database: TestDatabase;
  let store: MongooseHistoryStore;
  let count = 0;
  beforeAll(async () => {
    database = await openTestDatabase(CHAT_MODELS);
    store = new MongooseHistoryStore(
      database.model(SESSION_MODEL),
      database.model(MESSAGE_MODEL),
      database.model(TURN_MODEL),
    );
  });
  afterAll(() => database.close());

  it('is the same as it is shown, stored, replayed and told to a model', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 8 }), nasty, async (events, asked) => {
        count += 1;
        const log = logOf(events);
        const answer = toStoredAnswer(log.read(0));
        const turn = {
          id: `turn-${count}`,
          userId: 'ada',
          sessionId: `session-${count}`,
          tenantId: 'default',
          chatflowId: 'c',
          price: 1,
          question: wellFormed(asked),
          userMessageId: `question-${count}`,
          messageId: `answer-${count}`,
          startedAt: new Date(0),
        } as TurnRecord;
        await store.storeTurn(turn, {
          outcome: 'completed',
          finishReason: 'length',
          charge: 'capture',
          stores: true,
          answer,
          measures: { textEvents: 1, characters: 1, repairedEvents: 0 },
          position: log.end,
          endedAt: new Date(0),
        });

        const messages = await store.recentMessages('ada', turn.sessionId, 2, [{ from: 0, to: 1 }]);
        expect(messages.map(({ content }) => content)).toEqual([turn.question, answer.text]);
        const stored = await store.findMessage('ada', turn.messageId);
        expect(stored?.finishReason).toBe('length');
        const storedEvents = stored?.events ?? [{ type: 'text' as const, length: answer.text.length }];
        const replayed = logOf(fromStoredAnswer({ text: stored?.content ?? '', events: storedEvents }));
        expect(shownOf(replayed)).toEqual(shownOf(log));
        expect(replayed.end).toBe(log.end);

        const history = messages.map(({ role, content }) => ({ role, content }));
        const body = completionBody(
          { origin: 'http://a', basePath: '', apiKey: undefined, model: 'm' },
          toMessages(providerRequest({ history }), 1_000_000),
          undefined,
        );
        const sent = JSON.parse(Buffer.from(body).toString('utf8')) as { messages: { content: string }[] };
        const told = [turn.question, ...(answer.text === '' ? [] : [answer.text]), 'Hi'];
        expect(sent.messages.map(({ content }) => content)).toEqual(told);
      }),
      { numRuns: RUNS },
    );
  });
});
