import type { IncomingMessage } from 'node:http';

type Carrier = Readonly<Record<string, string>>;

/** Any request: whoever handles one may find on it what the middleware has left there. */
interface UntracedRequest extends IncomingMessage {
  unrecordedTrace?: Carrier;
}

/**
 * Where a request stands in a trace that is not recorded. It is no current span, because that costs something at every asynchronous step of the whole process
 * (Node before 24); whoever hands it on takes it from here.
 */
export function noteUnrecordedTrace(request: UntracedRequest, carrier: Carrier): void {
  request.unrecordedTrace = carrier;
}

export function unrecordedTraceOf(request: UntracedRequest): Carrier | undefined {
  return request.unrecordedTrace;
}
