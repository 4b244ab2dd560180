import { errors } from '../../platform/errors/errors.js';
import { decideInterrupted, decideSettlement, type PumpEnd } from './outcome.policy.js';
import type { StoredAnswer } from './stored-answer.js';
import { TurnAbort, type AbortReason } from './turn-abort.js';

const SOME: StoredAnswer = { text: 'some', events: [{ type: 'text', length: 4 }] };
const NOTHING: StoredAnswer = { text: '', events: [] };
const REASONING_ONLY: StoredAnswer = { text: '', events: [{ type: 'reasoning-delta', text: 'hm' }] };
const QUESTION: StoredAnswer = {
  text: '',
  events: [{ type: 'input-request', requestId: '1', prompt: 'Sure?' }],
};

const done: PumpEnd = { kind: 'done' };
const aborted = (reason: AbortReason): PumpEnd => ({ kind: 'threw', error: new TurnAbort(reason) });
const threw = (error: unknown): PumpEnd => ({ kind: 'threw', error });

function decide(end: PumpEnd, answer: StoredAnswer, chargeOnStop = true) {
  const {
    outcome,
    charge,
    stores,
    error,
    answer: stored,
  } = decideSettlement({
    end,
    answer,
    chargeOnStop,
    measures: { textEvents: 1, characters: answer.text.length, repairedEvents: 0 },
    position: 5,
    endedAt: new Date(0),
  });
  expect(stored !== undefined).toBe(stores);
  return [outcome, charge, stores, error?.code];
}

describe('decideSettlement', () => {
  it.each([
    ['complete', decide(done, SOME), ['completed', 'capture', true, undefined]],
    ['an agent that asks back', decide(done, QUESTION), ['completed', 'capture', true, undefined]],
    ['empty', decide(done, NOTHING), ['failed', 'release', false, 'upstream_failed']],
    ['nothing but reasoning', decide(done, REASONING_ONLY), ['failed', 'release', false, 'upstream_failed']],
    [
      'upstream error',
      decide(threw(errors.upstreamTimeout()), SOME),
      ['failed', 'release', false, 'upstream_timeout'],
    ],
    ['a bug', decide(threw(new TypeError('x')), SOME), ['failed', 'release', false, 'internal']],
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

  it('never shows what a bug said', () => {
    const { error } = decideSettlement({
      end: threw(new TypeError('secret')),
      answer: NOTHING,
      chargeOnStop: true,
      measures: { textEvents: 0, characters: 0, repairedEvents: 0 },
      position: 1,
      endedAt: new Date(0),
    });
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  it('keeps what a crashed turn had saved and charges nothing', () => {
    const measures = { textEvents: 0, characters: 4, repairedEvents: 0 };
    const settlement = decideInterrupted({
      answer: SOME,
      chargeOnStop: true,
      measures,
      position: 9,
      endedAt: new Date(0),
    });
    expect(settlement).toMatchObject({
      outcome: 'interrupted',
      charge: 'release',
      stores: true,
      answer: SOME,
    });
  });
});
