/** @jest-environment node */
import { errors } from '../../../platform/errors/errors.js';
import { decideInterrupted, decideSettlement, type PumpEnd, type TurnFacts } from './outcome.policy.js';
import type { StoredAnswer } from '../../records/stored-answer.js';
import { TurnAbort, type AbortReason } from './turn-abort.js';

const SOME: StoredAnswer = { text: 'some', events: [{ type: 'text', length: 4 }] };
const NOTHING: StoredAnswer = { text: '', events: [] };
const REASONING_ONLY: StoredAnswer = { text: '', events: [{ type: 'reasoning-delta', text: 'hm' }] };
const QUESTION: StoredAnswer = {
  text: '',
  events: [{ type: 'input-request', requestId: '1', prompt: 'Sure?' }],
};

const toolCall = { type: 'tool-call', toolCallId: '1', toolName: 'weather', input: {} } as const;
const CLIENT_TOOL: StoredAnswer = { text: '', events: [{ ...toolCall, clientArguments: '{}' }] };
const OWN_TOOL: StoredAnswer = { text: '', events: [toolCall] };

const done: PumpEnd = { kind: 'done' };
const aborted = (reason: AbortReason): PumpEnd => ({ kind: 'threw', error: new TurnAbort(reason) });
const threw = (error: unknown): PumpEnd => ({ kind: 'threw', error });

const UNUSED = { areUsed: false, areSeveral: false, answering: undefined };
const ONE = { areUsed: true, areSeveral: false, answering: 'only' };
const SECOND = { areUsed: true, areSeveral: true, answering: 'second' };

const factsOf = (end: PumpEnd, answer: StoredAnswer, changes: Partial<TurnFacts> = {}): TurnFacts => ({
  end,
  question: 'Hi?',
  answer,
  chargeOnStop: true,
  measures: { textEvents: 1, characters: answer.text.length, repairedEvents: 0 },
  position: 5,
  endedAt: new Date(0),
  memories: UNUSED,
  forks: false,
  changesChatflow: false,
  ...changes,
});

function decide(end: PumpEnd, answer: StoredAnswer, chargeOnStop = true) {
  const settlement = decideSettlement(factsOf(end, answer, { chargeOnStop }));
  const { outcome, charge, stores, error } = settlement;
  // What was said is kept also where no message holds it.
  expect(settlement.answer).toEqual(answer.events.length > 0 ? answer : undefined);
  expect(settlement.answerHash !== undefined).toBe(stores);
  return [outcome, charge, stores, error?.code];
}

describe('decideSettlement', () => {
  it.each([
    ['complete', decide(done, SOME), ['completed', 'capture', true, undefined]],
    ['an agent that asks back', decide(done, QUESTION), ['completed', 'capture', true, undefined]],
    [
      'a tool that the client has to run',
      decide(done, CLIENT_TOOL),
      ['completed', 'capture', true, undefined],
    ],
    ['nothing but a tool of ours', decide(done, OWN_TOOL), ['failed', 'release', false, 'upstream_failed']],
    ['empty', decide(done, NOTHING), ['failed', 'release', false, 'upstream_failed']],
    ['nothing but reasoning', decide(done, REASONING_ONLY), ['failed', 'release', false, 'upstream_failed']],
    [
      'upstream error',
      decide(threw(errors.upstreamTimeout()), SOME),
      ['failed', 'release', false, 'upstream_timeout'],
    ],
    ['a bug', decide(threw(new TypeError('x')), SOME), ['failed', 'release', false, 'internal']],
    [
      'a database that is away',
      decide(threw(Object.assign(new Error('x'), { name: 'MongoNetworkError' })), SOME),
      ['failed', 'release', false, 'storage_unavailable'],
    ],
    ['stop after content', decide(aborted('stopped'), SOME), ['stopped', 'capture', true, 'turn_stopped']],
    [
      'stop, not charged',
      decide(aborted('stopped'), SOME, false),
      ['stopped', 'release', true, 'turn_stopped'],
    ],
    [
      'stop before content',
      decide(aborted('stopped'), NOTHING),
      ['stopped', 'release', false, 'turn_stopped'],
    ],
    [
      'access taken away',
      decide(aborted('access-revoked'), SOME),
      ['stopped', 'capture', true, 'access_revoked'],
    ],
    ['client gone', decide(aborted('client-gone'), SOME), ['stopped', 'capture', true, 'turn_stopped']],
    ['time-out', decide(aborted('timeout'), SOME), ['failed', 'release', false, 'upstream_timeout']],
    ['too long', decide(aborted('too-long'), SOME), ['failed', 'release', false, 'upstream_failed']],
    ['shutdown', decide(aborted('shutdown'), SOME), ['interrupted', 'release', true, 'turn_interrupted']],
    [
      'shutdown, empty',
      decide(aborted('shutdown'), NOTHING),
      ['interrupted', 'release', false, 'turn_interrupted'],
    ],
  ])('%s', (_name, decided, expected) => {
    expect(decided).toEqual(expected);
  });

  it.each([
    ['stop', undefined, 'capture'],
    ['length', undefined, 'capture'],
    ['length', { 'content-filter': false }, 'capture'],
    ['length', { length: false }, 'release'],
    ['content-filter', { 'content-filter': false }, 'release'],
    ['stop', { length: false, 'content-filter': false }, 'capture'],
  ] as const)('an answer that ended by %s costs, with the rules %j: %s', (finishReason, chargeOn, charge) => {
    const settlement = decideSettlement(factsOf(done, SOME, { finishReason, chargeOn }));
    expect(settlement).toMatchObject({ outcome: 'completed', finishReason, charge, stores: true });
  });

  it('keeps the question that it has ended with, or that nobody has heard the answer to', () => {
    const asked = { runId: 'run', requestId: '1' };
    const unanswered = { runId: 'earlier', requestId: '0' };
    expect(decideSettlement(factsOf(done, QUESTION, { asked, unanswered })).asks).toEqual(asked);
    expect(decideSettlement(factsOf(done, SOME, { unanswered }))).not.toHaveProperty('asks');
    const failed = decideSettlement(factsOf(threw(new Error('x')), NOTHING, { unanswered, memories: ONE }));
    expect(failed.asks).toEqual(unanswered);
    expect(failed).not.toHaveProperty('spends');
    const heard = decideSettlement(factsOf(threw(new Error('x')), NOTHING, { asked, memories: ONE }));
    expect(heard).not.toHaveProperty('asks');
    expect(heard.spends).toEqual({});
  });

  it('says of every turn why its answer ended', () => {
    const reasonOf = (end: PumpEnd, changes: Partial<TurnFacts> = {}) =>
      decideSettlement(factsOf(end, SOME, changes)).finishReason;
    expect(reasonOf(done)).toBe('stop');
    expect(reasonOf(threw(errors.upstreamFailed()), { finishReason: 'stop' })).toBe('error');
    expect(reasonOf(aborted('stopped'))).toBe('other');
    expect(reasonOf(aborted('shutdown'))).toBe('error');
  });

  it('never shows what a bug said', () => {
    const { error } = decideSettlement(factsOf(threw(new TypeError('secret')), NOTHING));
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  it('keeps what a crashed turn had saved and charges nothing', () => {
    const measures = { textEvents: 0, characters: 4, repairedEvents: 0 };
    const settlement = decideInterrupted({
      question: 'Hi?',
      answer: SOME,
      chargeOnStop: true,
      measures,
      position: 9,
      endedAt: new Date(0),
      forks: false,
    });
    expect(settlement).toMatchObject({
      outcome: 'interrupted',
      charge: 'release',
      stores: true,
      answer: SOME,
      spends: {},
    });
  });

  it.each([
    ['a completed turn', decideSettlement(factsOf(done, SOME, { memories: ONE })), undefined],
    ['one whose upstream remembers nothing', decideSettlement(factsOf(aborted('stopped'), SOME)), undefined],
    ['a stopped one', decideSettlement(factsOf(aborted('stopped'), SOME, { memories: ONE })), {}],
    ['one that failed', decideSettlement(factsOf(threw(new Error('x')), NOTHING, { memories: ONE })), {}],
    ['one that a fallback answered', decideSettlement(factsOf(done, SOME, { memories: SECOND })), {}],
    [
      'one of another chatflow than the turn before',
      decideSettlement(factsOf(done, SOME, { memories: ONE, changesChatflow: true })),
      { except: 'only' },
    ],
    [
      'one that takes the place of another',
      decideSettlement(factsOf(done, SOME, { memories: ONE, forks: true })),
      { except: 'only' },
    ],
    [
      'one that takes the place of another, of an upstream without memory',
      decideSettlement(factsOf(done, SOME, { forks: true })),
      {},
    ],
  ])('%s spends the memories that hold something else than the session', (_name, { spends }, expected) => {
    expect(spends).toEqual(expected);
  });
});
