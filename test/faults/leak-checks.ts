import type { AnswerScript } from './answers.js';
import type { Attempt } from './attempt.js';
import type { Incarnation, Message, SessionView } from './incarnation.js';
import type { Violations } from './violations.js';
import { Vocabulary, wordsIn } from './words.js';

/**
 * No word of one user, session or turn in another's: whatever an answer says is its own, or was shown before in the same life of the same
 * session, as a question or as the part of an answer that was kept, on the branch that it goes on with.
 */
export class LeakChecks {
  words = 0;

  constructor(
    private readonly violations: Violations,
    private readonly script: AnswerScript,
  ) {}

  /** Every message of a session is somebody's who asked there, since it was deleted last. */
  judgeSession(incarnation: Incarnation, { messages }: SessionView): void {
    for (const [turnId, [question]] of turnsOf(messages)) {
      const order = incarnation.orderOf(turnId, question?.content);
      if (order === undefined || incarnation.attempts[order]?.question !== question?.content)
        this.violations.add('leak', 'a session shows a turn that is not of its', {
          question,
          of: incarnation.attempts.map(({ turnId: id }) => id),
        });
    }
  }

  judge(attempt: Attempt, incarnation: Incarnation, view: SessionView): void {
    const shown = shownBefore(attempt, incarnation, view);
    const stored = view.messages
      .filter(({ turnId }) => turnId === attempt.turnId)
      .map(({ content }) => content);
    const runs = new Set<number>();
    for (const text of [attempt.text, ...attempt.alsoTold, ...stored]) {
      for (const word of wordsIn(text)) {
        this.words++;
        if (shown.has(word)) continue;
        if (word.question !== attempt.asking.word) this.add('a word of another turn', word, attempt, view);
        else if (word.said !== undefined) runs.add(word.said.run);
      }
    }
    if (runs.size > 1) this.add('several runs in one answer', [...runs], attempt, view);
    for (const run of runs) {
      if (this.script.find(run)?.question.startsWith(attempt.asking.word) !== true)
        this.add('an answer to another question', run, attempt, view);
    }
  }

  private add(what: string, found: unknown, attempt: Attempt, view: SessionView): void {
    this.violations.add('leak', what, { found, attempt, messages: view.messages });
  }
}

/** What lies on the way to the turn; to one that left no messages, on the way to the last that was there before it. */
function shownBefore(attempt: Attempt, incarnation: Incarnation, { messages }: SessionView): Vocabulary {
  const turns = turnsOf(messages);
  const order = (turnId: string): number =>
    incarnation.orderOf(turnId, turns.get(turnId)?.[0]?.content) ?? Number.MAX_SAFE_INTEGER;
  const [question] = turns.get(String(attempt.turnId)) ?? [];
  const before = messages.findLast(({ turnId }) => order(turnId) < order(String(attempt.turnId)));
  const byId = new Map(messages.map((message) => [message.id, message]));
  const shown = new Vocabulary();
  let next = question === undefined ? before : byId.get(question.parentId ?? '');
  for (; next !== undefined; next = byId.get(next.parentId ?? '')) shown.add(next.content);
  return shown;
}

function turnsOf(messages: readonly Message[]): ReadonlyMap<string, Message[]> {
  const turns = new Map<string, Message[]>();
  for (const message of messages) turns.set(message.turnId, [...(turns.get(message.turnId) ?? []), message]);
  return turns;
}
