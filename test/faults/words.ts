/**
 * Words that tell whose they are: `u3-t1842` stands in the question of user 3 that was the 1842nd of all, and `u3-t1842/r7.5` is the sixth
 * token of the seventh answer that the upstream gave, to that question.
 */
export interface Word {
  /** `u3-t1842` */
  readonly question: string;
  /** Of an answer: which run of the upstream said it, and as what token. */
  readonly said?: { readonly run: number; readonly index: number };
}

const WORDS = /(u\d+-t\d+)(?:\/r(\d+)\.(\d+))?/g;

export const questionWord = (user: number, turn: number): string => `u${user}-t${turn}`;

export const answerWord = (question: string, run: number, index: number): string =>
  `${question}/r${run}.${index}`;

/** All of them, in their order. */
export function wordsIn(text: string): readonly Word[] {
  return [...text.matchAll(WORDS)].map(([, question = '', run, index]) => ({
    question,
    ...(run === undefined ? {} : { said: { run: Number(run), index: Number(index) } }),
  }));
}

/** What may be told of questions and answers: each answer up to a token, because what a client stopped was never shown. */
export class Vocabulary {
  private readonly questions = new Set<string>();
  private readonly lastIndex = new Map<string, number>();

  add(text: string): void {
    for (const { question, said } of wordsIn(text)) {
      if (said === undefined) this.questions.add(question);
      else
        this.lastIndex.set(runOf(question, said.run), Math.max(said.index, this.lastOf(question, said.run)));
    }
  }

  has({ question, said }: Word): boolean {
    if (said === undefined) return this.questions.has(question);
    return said.index <= this.lastOf(question, said.run);
  }

  /** Each question, and of each answer its last token: short, and enough to tell what was heard. */
  summary(): readonly string[] {
    const answers = [...this.lastIndex].map(([run, index]) => `${run}.${index}`);
    return [...this.questions, ...answers];
  }

  private lastOf(question: string, run: number): number {
    return this.lastIndex.get(runOf(question, run)) ?? -1;
  }
}

const runOf = (question: string, run: number): string => `${question}/r${run}`;
