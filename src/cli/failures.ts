import { TollgateError } from '@tollgate/client';
import { red, say } from './terminal.js';

/** Says what went wrong: for a person in words, with what to do about it; for a program as JSON on standard output. */
export function tell(error: unknown, { json, url }: { readonly json: boolean; readonly url?: string }): void {
  if (!(error instanceof TollgateError)) {
    say(red(error instanceof Error ? error.message : String(error)));
    return;
  }
  const { code, message, details, errorId } = error;
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, ...details, errorId } })}\n`);
  else say(red([message, ...advice(error, url)].join(' ')));
}

function advice(error: TollgateError, url: string | undefined): string[] {
  if (error.is('connection_failed'))
    return [`Is Tollgate running${url === undefined ? '' : ` at ${url}`}? (--url, TOLLGATE_URL)`];
  if (error.is('unauthenticated') && process.env.TOLLGATE_API_KEY !== undefined)
    return ['It is the key in TOLLGATE_API_KEY that is not good.'];
  if (error.is('insufficient_credits'))
    return [`It costs ${error.details.required}, you have ${error.details.available}.`];
  return error.errorId === undefined ? [] : [`(${error.errorId} in the server's log)`];
}
