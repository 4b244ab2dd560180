import { newId } from '../../../src/platform/ids.js';
import type { WireRequest } from '../fuzz/wire.js';
import type { NamedOperation } from '../openapi/served-document.js';
import type { Slot } from './slots.js';

type Json = Record<string, unknown>;

/** The ids of whoever asks, for the places of a path that are not asked about. */
export type OwnIds = Readonly<Partial<Record<Slot['kind'], string>>>;

/** Answered in the same way every time. */
const QUESTION = 'help';
const TEXTS = ['question', 'message', 'content', 'text', 'input'];
/** Of ids, by operation and name. */
const LISTS = [
  'PUT /chatflows/{id} access.users',
  'POST /auth/api-keys chatflowIds',
  'PATCH /auth/api-keys/{id} chatflowIds',
];
/** What a body must be for the place to mean something, besides the operation's first example. */
const BODIES: Readonly<Record<string, () => Json>> = {
  messageId: () => ({ ...chat(), trigger: 'regenerate-message' }),
  'message.id': () => ({ id: newId(), message: { role: 'user', parts: [{ type: 'text', text: QUESTION }] } }),
  'input[].id': () => ({
    model: 'assistant',
    input: [{ type: 'item_reference' }, { role: 'user', content: QUESTION }],
  }),
};

const chat = (): Json => ({
  id: newId(),
  messages: [{ id: newId(), role: 'user', parts: [{ type: 'text', text: QUESTION }] }],
});

/** A request that is right in everything, with this id in this place. No two share any other id. */
export function requestWith(
  { name: operationName, method, path, operation }: NamedOperation,
  slots: readonly Slot[],
  asked: Slot,
  id: string,
  own: OwnIds,
): WireRequest {
  const valueOf = (slot: Slot): string => (slot === asked ? id : (own[slot.kind] ?? newId()));
  const headers: Record<string, string> = {};
  let filled = path;
  let query = '';
  for (const slot of slots) {
    if (slot.where === 'path') filled = filled.replace(`{${slot.name}}`, encodeURIComponent(valueOf(slot)));
    const required = operation.parameters?.find(({ name }) => name === slot.name)?.required === true;
    if (slot !== asked && !required) continue;
    if (slot.where === 'query') query = `?${slot.name}=${encodeURIComponent(id)}`;
    if (slot.where === 'header') headers[slot.name] = valueOf(slot);
  }
  const body = bodyOf(operation, operationName, slots, asked, id);
  if (body !== undefined) headers['content-type'] = 'application/json';
  return {
    method,
    path: filled + query,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

function bodyOf(
  { requestBody }: NamedOperation['operation'],
  operationName: string,
  slots: readonly Slot[],
  asked: Slot,
  id: string,
): Json | undefined {
  const [example] = Object.values(requestBody?.content['application/json']?.examples ?? {});
  if (example === undefined) return undefined;
  const special = asked.where === 'body' ? BODIES[asked.name] : undefined;
  const body = special?.() ?? (structuredClone(example.value) as Json);
  // Whatever else the example names would be the same in every request.
  for (const { where, name, kind } of slots) {
    if (where !== 'body' || !(name in body) || kind === 'chatflow' || special !== undefined) continue;
    body[name] = newId();
  }
  // The body's would win.
  if (asked.where === 'header' && asked.kind === 'chatflow') delete body.chatflowId;
  askHarmlessly(body);
  if (asked.where === 'body')
    setAt(body, asked.name, LISTS.includes(`${operationName} ${asked.name}`) ? [id] : id);
  return body;
}

/** Puts the question in the place of every text. */
function askHarmlessly(value: object): void {
  for (const [key, member] of Object.entries(value) as [string, unknown][]) {
    if (typeof member === 'string' && TEXTS.includes(key)) Object.assign(value, { [key]: QUESTION });
    else if (typeof member === 'object' && member !== null) askHarmlessly(member);
  }
}

/** @param way `messages[].id` is the id of the first message */
function setAt(body: Json, way: string, value: unknown): void {
  const [first = '', ...rest] = way.split('.');
  const name = first.replace('[]', '');
  if (rest.length === 0) {
    body[name] = value;
    return;
  }
  if (first.endsWith('[]')) {
    const list = Array.isArray(body[name]) ? (body[name] as Json[]) : [{}];
    body[name] = list;
    setAt(list[0] ?? {}, rest.join('.'), value);
    return;
  }
  const member = body[name];
  const inner: Json = typeof member === 'object' && member !== null ? (member as Json) : {};
  body[name] = inner;
  setAt(inner, rest.join('.'), value);
}
