import type { InputRequest } from '@tollgate/client';
import { printable, prompt, say } from './terminal.js';

/** What a person says to an agent that asks. */
export interface Reply {
  readonly action: 'proceed' | 'reject';
  /** In their own words. */
  readonly content?: string;
}

/** Shows what an agent asks and reads the reply. @returns undefined when there is none */
export async function replyTo({ prompt: question, choices }: InputRequest): Promise<Reply | undefined> {
  say(printable(question));
  const [proceed = 'Proceed', reject = 'Reject'] = choices;
  const reply = await prompt(`${printable(proceed)} (p), ${printable(reject)} (r), or say it: `);
  if (reply === undefined || reply.trim() === '') return undefined;
  const said = reply.trim();
  const is = (label: string): boolean => [label, label.charAt(0)].some((one) => isSame(one, said));
  if (is('proceed') || isSame(proceed, said)) return { action: 'proceed' };
  if (is('reject') || isSame(reject, said)) return { action: 'reject' };
  return { action: 'proceed', content: said };
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
