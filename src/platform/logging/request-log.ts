import type { IncomingMessage } from 'node:http';
import type { LogFields, StructuredLog } from './structured-log.js';

/** What becomes known about a request while it is handled. */
export interface RequestFacts {
  readonly turnId?: string;
  readonly userId?: string;
}

interface LoggedRequest {
  log?: StructuredLog;
  logFacts?: LogFields;
}

/** The log of this request, whose lines carry its id and what was bound to it; `undefined` outside the HTTP middleware. */
export function requestLog(request: IncomingMessage): StructuredLog | undefined {
  return (request as unknown as LoggedRequest).log;
}

/** Adds facts to every later line of this request, its closing line included. */
export function bindLog(request: IncomingMessage, facts: RequestFacts): void {
  const logged = request as unknown as LoggedRequest;
  logged.logFacts = { ...logged.logFacts, ...facts };
  logged.log = logged.log?.child({ ...facts });
}

/** What was bound to the request until now. */
export function factsOf(request: IncomingMessage): LogFields {
  return (request as unknown as LoggedRequest).logFacts ?? {};
}
