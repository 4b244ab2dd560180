import { isObject, parseJson } from '../../platform/json/json-object.js';
import { MAX_MESSAGE_CHARACTERS } from '../instance-bus.port.js';

/** What surrounds a message: ids and a topic. */
const ENVELOPE_CHARACTERS = 1024;

/** What goes over Redis. Of `request` and `reply` at most one is there: the number by which the sender knows what it has asked. */
export interface Envelope {
  /** The instance that sends it. */
  readonly from: string;
  readonly topic: string;
  readonly body: unknown;
  readonly request?: number;
  readonly reply?: number;
  /** In a request: where it stands in a trace. */
  readonly traceparent?: string;
  /** In a reply: it could not be done. */
  readonly failed?: true;
}

/** @throws RangeError beyond `MAX_MESSAGE_CHARACTERS` */
export function toText(envelope: Envelope): string {
  const text = JSON.stringify(envelope);
  if (text.length > MAX_MESSAGE_CHARACTERS + ENVELOPE_CHARACTERS)
    throw new RangeError(`a message about ${envelope.topic} has ${text.length} characters`);
  return text;
}

/** @returns undefined for what no instance of this version sends */
export function fromText(text: string): Envelope | undefined {
  if (text.length > MAX_MESSAGE_CHARACTERS + ENVELOPE_CHARACTERS) return undefined;
  const parsed = parseJson(text);
  if (!isObject(parsed) || typeof parsed.from !== 'string' || typeof parsed.topic !== 'string')
    return undefined;
  const { request, reply } = parsed;
  if (request !== undefined && typeof request !== 'number') return undefined;
  if (reply !== undefined && typeof reply !== 'number') return undefined;
  return parsed as unknown as Envelope;
}
