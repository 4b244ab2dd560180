import { createInterface, type Interface, type Key } from 'node:readline';
import { Writable } from 'node:stream';

/** Lines that are typed before anybody asks for them; beyond that the terminal's bell refuses. */
const MAX_TYPED_AHEAD = 100;

const PASTE_MARKS = { on: '\u001b[?2004h', off: '\u001b[?2004l' } as const;
const BELL = '\u0007';

export interface LineOptions {
  /** What is typed must not be seen. */
  readonly isHidden?: boolean;
  /** What the arrow keys bring back, the latest last. */
  readonly earlier?: readonly string[];
  /** Answered only by what is typed once it can be seen; what was typed before is kept for the next question. */
  readonly isFresh?: boolean;
  /** Takes the question back. */
  readonly signal?: AbortSignal;
}

/** A line that has begun: whole lines that were pasted or not sent, and what stands behind them. */
interface Draft {
  readonly lines: readonly string[];
  readonly rest: string;
}

/**
 * Reads line after line from the terminal, which stays its own from the first question to `close()`: given back between two questions, the terminal would
 * swallow a Ctrl-D and what was typed beside it. What is typed ahead answers the next question, unseen until then.
 */
export class LineReader {
  private lines: Interface | undefined;
  private waiting: ((line: string | undefined) => void) | undefined;
  private readonly typedAhead: string[] = [];
  /** Lines of the draft that readline has let go of already. */
  private readonly drafted: string[] = [];
  private kept: Draft | undefined;
  private isMuted = true;
  private isPasting = false;
  private isEnded = false;

  /** @returns the line; undefined at the end of the input, on Ctrl-C, and when the question was taken back */
  async read(question: string, options: LineOptions = {}): Promise<string | undefined> {
    const { isHidden = false, earlier = [], isFresh = false, signal } = options;
    const lines = (this.lines ??= this.open());
    if (isFresh) await typedSoFar();
    else if (this.typedAhead.length > 0) {
      const line = this.typedAhead.shift() ?? '';
      process.stderr.write(`${question}${isHidden ? '' : line}\n`);
      return line;
    }
    if (this.isEnded || signal?.aborted === true) return undefined;
    if (isFresh) this.kept = this.takeDraft(lines);
    // Node keeps a history of its own otherwise, and a password in it.
    Object.assign(lines, { history: isHidden ? [] : earlier.toReversed() });
    return new Promise((resolve) => {
      const takeBack = (): void => this.settle(undefined);
      signal?.addEventListener('abort', takeBack, { once: true });
      this.waiting = (line) => {
        signal?.removeEventListener('abort', takeBack);
        if (isHidden || line === undefined) process.stderr.write('\n');
        resolve(line);
      };
      this.show(lines, question, isHidden);
    });
  }

  /** Gives the terminal back. */
  close(): void {
    this.lines?.close();
  }

  private open(): Interface {
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (!this.isMuted) process.stderr.write(chunk);
        done();
      },
    });
    // Readline wraps lines by it.
    Object.defineProperty(output, 'columns', { get: () => process.stderr.columns });
    const { stdin } = process;
    const lines = createInterface({ input: stdin, output, terminal: stdin.isTTY });
    const marks = stdin.isTTY && process.env.TERM !== 'dumb';
    if (marks) process.stderr.write(PASTE_MARKS.on);
    const onKey = (_: unknown, { name }: Key): void => {
      if (name === 'paste-start' || name === 'paste-end') this.isPasting = name === 'paste-start';
    };
    stdin.on('keypress', onKey);
    lines.on('line', (line) => {
      this.take(line);
    });
    lines.on('SIGINT', () => {
      this.interrupt(lines);
    });
    lines.once('close', () => {
      if (marks) process.stderr.write(PASTE_MARKS.off);
      stdin.off('keypress', onKey);
      this.isEnded = true;
      this.settle(undefined);
    });
    return lines;
  }

  /** Shows the question, with what was typed of its answer already. */
  private show(lines: Interface, question: string, isHidden: boolean): void {
    this.isMuted = false;
    lines.setPrompt(question);
    if (this.drafted.length > 0) process.stderr.write(`${this.drafted.join('\n')}\n`);
    lines.prompt(true);
    this.isMuted = isHidden;
  }

  private take(line: string): void {
    if (this.isPasting) {
      this.drafted.push(line);
      return;
    }
    const whole = [...this.drafted.splice(0), line].join('\n');
    if (this.waiting !== undefined) this.settle(whole);
    else if (this.typedAhead.length < MAX_TYPED_AHEAD) this.typedAhead.push(whole);
    else process.stderr.write(BELL);
  }

  /** The terminal does not say it to the process while it is ours. */
  private interrupt(lines: Interface): void {
    if (this.waiting !== undefined) {
      this.takeDraft(lines);
      this.settle(undefined);
      return;
    }
    // Whoever stops an answer has other thoughts about what comes behind it: it is not sent by itself, nor lost.
    this.drafted.unshift(...this.typedAhead.splice(0));
    process.kill(process.pid, 'SIGINT');
  }

  private settle(line: string | undefined): void {
    const { waiting, lines, kept } = this;
    if (waiting === undefined) return;
    this.waiting = undefined;
    this.kept = undefined;
    this.isMuted = true;
    waiting(line);
    // At once: what follows in the same chunk is typed behind it.
    if (kept === undefined || lines === undefined || this.isEnded) return;
    this.drafted.unshift(...kept.lines);
    if (kept.rest !== '') lines.write(kept.rest);
  }

  private takeDraft(lines: Interface): Draft {
    const draft = { lines: this.drafted.splice(0), rest: lines.line };
    const isMuted = this.isMuted;
    this.isMuted = true;
    for (const name of ['e', 'u']) lines.write(null as unknown as string, { ctrl: true, name });
    this.isMuted = isMuted;
    return draft;
  }
}

/** Two turns of the event loop: one may have begun before the terminal was listened to. */
async function typedSoFar(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
