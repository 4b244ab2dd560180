import type { IncomingMessage } from 'node:http';
import type { LogFields, StructuredLog } from './structured-log.port.js';

/** What becomes known about a request while it is handled. */
export interface RequestFacts {
  readonly turnId?: string;
  readonly userId?: string;
}

/** Any request: whoever handles one may find on it what the middleware has left there. */
interface LoggedRequest extends IncomingMessage {
  /** Of the application, without the facts. */
  rootLog?: StructuredLog;
  logFacts?: LogFields;
}

/** Called by the HTTP middleware, which knows the request's id. */
export function openLog(request: LoggedRequest, log: StructuredLog, requestId: string): void {
  request.rootLog = log;
  request.logFacts = { requestId };
}

/** The log of this request, whose lines carry its id and what was bound to it; `undefined` outside the HTTP middleware. */
export function requestLog(request: LoggedRequest): StructuredLog | undefined {
  // Made when it is asked for: most requests write nothing but their closing line.
  return request.rootLog?.child(factsOf(request));
}

/** Adds facts to every later line of this request, its closing line included. */
export function bindLog(request: LoggedRequest, facts: RequestFacts): void {
  // Not a spread, which would make hidden classes for every request (decision 0010).
  request.logFacts = Object.assign({}, factsOf(request), facts);
}

/** The request's id, and what was bound to it until now. */
export function factsOf(request: LoggedRequest): LogFields {
  return request.logFacts ?? {};
}
