const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;

const isPlain = (): boolean => !process.stderr.isTTY || process.env.NO_COLOR !== undefined;
const paint = (code: number, text: string): string => (isPlain() ? text : `\u001b[${code}m${text}\u001b[0m`);

/** Subdued, where the terminal has colours. */
export const dim = (text: string): string => paint(2, text);
export const bold = (text: string): string => paint(1, text);
export const red = (text: string): string => paint(31, text);

/** A line for the person; results for programs go to standard output. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What may come from a server or a model must not steer the terminal. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

/** Something that moves until the first token comes. */
export class Spinner {
  private timer: ReturnType<typeof setInterval> | undefined;

  start(text: string): void {
    if (isPlain() || this.timer !== undefined) return;
    let index = 0;
    this.timer = setInterval(() => {
      process.stderr.write(`\r\u001b[K${FRAMES[index % FRAMES.length] ?? ''} ${dim(text)}`);
      index += 1;
    }, FRAME_MS);
  }

  stop(): void {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    this.timer = undefined;
    process.stderr.write('\r\u001b[K');
  }
}
