import type { InputRequest } from '@tollgate/client';
import type { LineReader } from './line-reader.js';
import { printable, say } from './terminal.js';

/** What a person says to an agent that asks. */
export interface Reply {
  readonly action: 'proceed' | 'reject';
  /** In their own words. */
  readonly content?: string;
}

/** Shows what an agent asks and reads the reply. @returns undefined when there is none, or the signal has taken the question back */
export type ReplyTo = (request: InputRequest, signal: AbortSignal) => Promise<Reply | undefined>;

export function replierWith(lines: LineReader): ReplyTo {
  return async ({ prompt: question, choices }, signal) => {
    say(printable(question));
    const [proceed = 'Proceed', reject = 'Reject'] = choices;
    const choice = `${printable(proceed)} (p), ${printable(reject)} (r), or say it: `;
    // What was typed before cannot have been meant as a consent.
    const read = () => lines.read(choice, { isFresh: true, signal });
    let reply = await read();
    while (reply?.trim() === '') reply = await read();
    return reply === undefined ? undefined : understood(reply.trim(), proceed, reject);
  };
}

function understood(said: string, proceed: string, reject: string): Reply {
  const is = (label: string): boolean => [label, label.charAt(0)].some((one) => isSame(one, said));
  if (is('proceed') || isSame(proceed, said)) return { action: 'proceed' };
  if (is('reject') || isSame(reject, said)) return { action: 'reject' };
  return { action: 'proceed', content: said };
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
