import type { ChatResult, SourceDocument, StoppedTurn, StreamStatistics, ToolCall } from '@tollgate/client';
import { dim, printable, say, Spinner } from './terminal.js';

/** As much of a source as fits on a line. */
const MAX_TITLE_CHARACTERS = 100;

/** Writes one answer: its text to standard output, everything else to the person. With `json` nothing but the result. */
export class AnswerDisplay {
  private readonly spinner = new Spinner();
  private endsInNewline = true;
  private isThinking = false;

  constructor(private readonly options: { readonly json: boolean; readonly reasoning: boolean }) {}

  begin(): void {
    if (!this.options.json) this.spinner.start('Thinking');
  }

  /** Before somebody else uses the terminal. */
  pause(): void {
    this.spinner.stop();
    this.endThought();
    if (!this.endsInNewline) process.stdout.write('\n');
    this.endsInNewline = true;
  }

  /** @returns a promise while the reader of the output is slow: it holds the answer back */
  text(text: string): Promise<void> | undefined {
    this.spinner.stop();
    if (this.options.json || text === '') return undefined;
    this.endThought();
    this.endsInNewline = text.endsWith('\n');
    return write(printable(text));
  }

  thought(text: string): void {
    if (this.options.json || !this.options.reasoning || text === '') return;
    this.spinner.stop();
    this.isThinking = true;
    process.stderr.write(dim(printable(text)));
  }

  toolCall({ name, output }: ToolCall): void {
    if (output !== undefined) return;
    this.note(printable(name));
    if (!this.options.json) this.spinner.start('Working');
  }

  note(text: string): void {
    if (this.options.json) return;
    this.pause();
    say(dim(`· ${text}`));
  }

  completed(result: ChatResult): void {
    this.pause();
    if (this.options.json) {
      process.stdout.write(`${JSON.stringify(result)}\n`);
      return;
    }
    result.sources.forEach((source, index) => say(dim(`[${index + 1}] ${nameOf(source)}`)));
    say(dim(summary(result)));
  }

  stopped(turn: StoppedTurn, seen: { readonly text: string; readonly sessionId: string | undefined }): void {
    if (this.options.json) process.stdout.write(`${JSON.stringify({ ...turn, ...seen })}\n`);
    else say(dim(`Stopped · ${credits(turn.charged)} charged`));
  }

  /** However it ended. */
  end(): void {
    this.pause();
  }

  private endThought(): void {
    if (this.isThinking) process.stderr.write('\n');
    this.isThinking = false;
  }
}

/** Resolves when the terminal or the pipe has taken it, so that a slow reader holds the answer back. */
function write(text: string): Promise<void> | undefined {
  if (process.stdout.write(text)) return undefined;
  return new Promise((resolve) => process.stdout.once('drain', resolve));
}

/** What a source is called and where it is; else how it begins. */
function nameOf({ title, url, text }: SourceDocument): string {
  const named = [title, url].filter((part) => part !== undefined);
  const [line = ''] = (named.length === 0 ? text : named.join(' · ')).trim().split('\n', 1);
  return printable(line.length > MAX_TITLE_CHARACTERS ? `${line.slice(0, MAX_TITLE_CHARACTERS)}…` : line);
}

/** The line after an answer. */
function summary({ charged, statistics }: ChatResult): string {
  return [
    credits(charged),
    firstToken(statistics),
    `${(statistics.durationMs / 1000).toFixed(1)} s`,
    ...(statistics.tokensPerSecond > 0 ? [`${Math.round(statistics.tokensPerSecond)} tokens/s`] : []),
    ...(statistics.retries > 0 ? [`${statistics.retries} reconnects`] : []),
  ].join(' · ');
}

const firstToken = ({ firstTokenMs }: StreamStatistics): string =>
  firstTokenMs === undefined ? 'no text' : `first token after ${Math.round(firstTokenMs)} ms`;

export const credits = (amount: number): string => `${amount} ${amount === 1 ? 'credit' : 'credits'}`;
