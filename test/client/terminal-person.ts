import { spawn } from 'node:child_process';

/** What is typed as soon as this is to be seen, behind what the step before has seen; or what happens elsewhere then, with what was seen, instead. */
export type Step = readonly [shown: RegExp, then: string | ((seen: string) => void | Promise<unknown>)];

export interface Talk {
  readonly code: number | null;
  /** Everything that was to be seen, without the terminal's own signs. */
  readonly shown: string;
}

export const KEYS = { up: '\u001b[A', end: '\u0004', interrupt: '\u0003' } as const;

/** Text as a terminal pastes it where that is understood. */
export const pasted = (text: string): string => `\u001b[200~${text}\u001b[201~`;

/** Also signs that are still on their way. */
// eslint-disable-next-line no-control-regex
const SIGNS = /\u001b(?:\[[0-9;?]*[A-Za-z]?)?|\u0007/g;

/**
 * A person in front of a program in a terminal of its own, who types at the earliest: what comes is looked at byte by byte, wherever it is cut.
 * @param script every step, or the program ends before
 */
export function talk(
  command: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  script: readonly Step[],
): Promise<Talk> {
  const child = spawn('script', ['-qefc', command.join(' '), '/dev/null'], options);
  const steps = [...script];
  let seen = '';
  let raw = '';
  const see = (byte: string): void => {
    raw += byte;
    const [step] = steps;
    const news = raw.replaceAll(SIGNS, '');
    if (step?.[0].test(news) !== true) return;
    steps.shift();
    seen += news;
    raw = '';
    const [, then] = step;
    if (typeof then === 'string') child.stdin.write(then);
    // What goes wrong elsewhere is to be seen here: nothing comes any more.
    else Promise.resolve(then(news)).catch(() => child.kill('SIGTERM'));
  };
  child.stdout.setEncoding('latin1');
  child.stdout.on('data', (chunk: string) => {
    for (const byte of chunk) see(byte);
  });
  return new Promise((resolve) => {
    child.once('close', (code) => {
      const shown = Buffer.from(seen + raw.replaceAll(SIGNS, ''), 'latin1').toString();
      resolve({ code, shown });
    });
  });
}
