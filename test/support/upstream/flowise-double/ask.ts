import { openEventStream, type EventStream } from '../../event-stream.js';
import type { FlowiseDouble } from './flowise-double.js';

/** One event of an answer, by the name that is inside its JSON. */
export interface ToldEvent {
  readonly event: string;
  // Tests look into events without declaring each shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly data: any;
}

/** What was told until the response ended. */
export interface Told {
  readonly events: readonly ToldEvent[];
  readonly names: readonly string[];
  readonly text: string;
}

/** Asks a flow and resolves with the response's headers. */
export function open(double: FlowiseDouble, flowId: string, body: object): Promise<EventStream> {
  return openEventStream(`${double.url}/api/v1/prediction/${flowId}`, { body: { streaming: true, ...body } });
}

/** Reads to the end. */
export async function read(stream: EventStream): Promise<Told> {
  const events = (await stream.events()).map(({ json }) => json as ToldEvent);
  return { events, names: events.map(({ event }) => event), text: textOf(events) };
}

/** Asks a flow and reads its answer to the end. */
export async function ask(double: FlowiseDouble, flowId: string, body: object): Promise<Told> {
  return read(await open(double, flowId, body));
}

/** Calls any other path, with the key unless told otherwise. */
export function call(double: FlowiseDouble, method: string, path: string, key?: string): Promise<Response> {
  const headers = { authorization: `Bearer ${key ?? double.apiKey}` };
  return fetch(`${double.url}/api/v1/${path}`, { method, headers });
}

function textOf(events: readonly ToldEvent[]): string {
  return events.map(({ event, data }) => (event === 'token' ? String(data) : '')).join('');
}
