import { setTimeout as delay } from 'node:timers/promises';
import type { AnswerContext, FlowAnswer, FlowFailure } from '../support/upstream/flowise-double/flow.js';
import { Gate } from '../support/upstream/gate.js';
import { Random } from './random.js';
import { answerWord, Vocabulary, wordsIn } from './words.js';

const FILLERS = [
  'alpha',
  'Brücke',
  'данные',
  '流れ',
  '🙂',
  '👩‍👩‍👧',
  'line\nbreak',
  '"quoted"',
  'plain',
  'words',
];
const MIN_TOKENS = 6;
const MORE_TOKENS = 24;
/** Between two tokens; with these most turns last from 0.2 to 2 seconds. */
const MIN_PAUSE_MS = 10;
const MORE_PAUSE_MS = 60;
/** Whoever asks this is told all that the upstream remembers. */
export const RECALL = 'What did we say?';
/** A question in which this stands is not answered to its end by a flow that breaks. */
export const BREAKS = 'Please break.';

/** An answer as the upstream means to give it. */
export interface ScriptedAnswer {
  readonly question: string;
  readonly text: string;
}

/**
 * What the upstream says: each run of a flow another answer, every token of which tells the question and the run, and behind the first
 * token what it remembers, if it is asked. So whatever is told to the wrong client, or by the wrong memory, shows in the text.
 */
export class AnswerScript {
  private readonly answers: ScriptedAnswer[] = [];
  /** Earlier words that were told again. */
  recited = 0;

  constructor(private readonly random: Random) {}

  /** @param run as the words of the answer name it */
  find(run: number): ScriptedAnswer | undefined {
    return this.answers[run];
  }

  readonly answer: FlowAnswer = ({ question, history }) => {
    const [own] = wordsIn(question);
    const name = own?.question ?? 'nobody';
    const run = this.answers.length;
    const recited = question.includes(RECALL) ? recitationOf(history) : [];
    this.recited += recited.length;
    const fillers = Array.from({ length: MIN_TOKENS + this.random.below(MORE_TOKENS) }, (_, index) => {
      const filler = FILLERS[this.random.below(FILLERS.length)] ?? '';
      return `${answerWord(name, run, index + 1)} ${filler} `;
    });
    const tokens = [`${answerWord(name, run, 0)} `, ...recited, ...fillers];
    this.answers.push({ question, text: tokens.join('') });
    return tokens;
  };

  readonly gate = (): Gate => new Pace(MIN_PAUSE_MS + this.random.below(MORE_PAUSE_MS));

  /** Some turns fail, some of them after something was said. */
  readonly failure = ({ question }: AnswerContext): FlowFailure | undefined => {
    if (!question.includes(BREAKS)) return undefined;
    return {
      kind: 'error',
      message: 'the model has lost its way',
      afterTokens: this.random.below(MIN_TOKENS),
    };
  };

  /** A flow that is not there every other time. */
  readonly absence = ({ question }: AnswerContext): FlowFailure | undefined =>
    question.includes(RECALL) ? { kind: 'status', status: 503 } : undefined;
}

function recitationOf(history: AnswerContext['history']): readonly string[] {
  const remembered = new Vocabulary();
  for (const { content } of history) remembered.add(content);
  return remembered.summary().map((word) => `{${word}} `);
}

/** Lets everybody through, but not at once. */
export class Pace extends Gate {
  constructor(private readonly pauseMs: number) {
    super();
  }

  /** Whoever is aborted sees it after the pause, which is short. */
  override async wait(): Promise<void> {
    await delay(this.pauseMs);
  }
}
