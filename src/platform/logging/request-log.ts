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
  /** Of its span, if it has one. */
  traceIds?: LogFields;
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

/** Where its lines stand in a trace. What is logged within the span says so by itself; a line at the end of the response does not. */
export function bindTrace(request: LoggedRequest, ids: LogFields | undefined): void {
  request.traceIds = ids;
}

/** Of a line that is written when the response is over. */
export function closingFactsOf(request: LoggedRequest): LogFields {
  return request.traceIds === undefined ? factsOf(request) : { ...factsOf(request), ...request.traceIds };
}

/** The request's id, and what was bound to it until now. */
export function factsOf(request: LoggedRequest): LogFields {
  return request.logFacts ?? {};
}
