import { TollgateError } from '@tollgate/client';
import { red, say } from './terminal.js';

export interface FailureContext {
  readonly json: boolean;
  /** Where Tollgate was looked for. */
  readonly url?: string | undefined;
  /** What was to be asked. */
  readonly chatflow?: string | undefined;
}

/** Says what went wrong: for a person in words, with what to do about it; for a program as JSON on standard output. */
export function tell(error: unknown, context: FailureContext): void {
  const { json } = context;
  if (!(error instanceof TollgateError)) {
    say(red(error instanceof Error ? error.message : String(error)));
    return;
  }
  const { code, message, details, errorId } = error;
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, ...details, errorId } })}\n`);
  else say(red([message, ...advice(error, context)].join(' ')));
}

function advice(error: TollgateError, { url, chatflow }: FailureContext): string[] {
  if (error.is('connection_failed'))
    return [`Is Tollgate running${url === undefined ? '' : ` at ${url}`}? (--url, TOLLGATE_URL)`];
  if (error.is('unauthenticated') && process.env.TOLLGATE_API_KEY !== undefined)
    return ['It is the key in TOLLGATE_API_KEY that is not good.'];
  if (chatflow !== undefined && (error.is('not_found') || error.is('chatflow_access_denied')))
    return [`It was ${chatflow} that was asked; "tollgate chatflows" lists what there is.`];
  if (error.is('chatflow_disabled'))
    return ['"tollgate chatflows" lists what there is, "tollgate history" what was said in it.'];
  if (error.is('insufficient_credits'))
    return [`It costs ${error.details.required}, you have ${error.details.available}.`];
  return error.errorId === undefined ? [] : [`(${error.errorId} in the server's log)`];
}
