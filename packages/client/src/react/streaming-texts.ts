/** The words that `StreamingMessage` says of its own. */
export interface StreamingMessageTexts {
  readonly reasoning: string;
  /** In place of `reasoning` while nothing but reasoning has come. */
  readonly reasons: string;
  readonly toolsUsed: string;
  readonly toolInput: string;
  readonly toolOutput: string;
  readonly toolState: Readonly<Record<'running' | 'done' | 'failed' | 'unfinished', string>>;
  readonly sources: (count: number) => string;
  readonly source: (number: number) => string;
}

export const ENGLISH: StreamingMessageTexts = {
  reasoning: 'Reasoning',
  reasons: 'Reasoning …',
  toolsUsed: 'Tools used',
  toolInput: 'Input',
  toolOutput: 'Output',
  toolState: { running: 'running', done: 'done', failed: 'failed', unfinished: 'unfinished' },
  sources: (count) => (count === 1 ? '1 source' : `${count} sources`),
  source: (number) => `Source ${number}`,
};
