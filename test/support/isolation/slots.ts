import type { NamedOperation, OpenApi, Schema } from '../openapi/served-document.js';

/** What an id names. */
export type IdKind =
  | 'session'
  | 'turn'
  | 'message'
  | 'attachment'
  | 'response'
  | 'api key'
  | 'sign-in'
  | 'idempotency key'
  | 'user'
  | 'chatflow'
  | 'cursor';

/** A place of a request that takes an id. */
export interface Slot {
  readonly where: 'path' | 'query' | 'header' | 'body';
  /** Of a field in a body with the way to it: `messages[].id`. */
  readonly name: string;
  readonly kind: IdKind;
}

/** What ids are called. Every parameter of a path is one, whatever it is called. */
const LOOKS_LIKE_AN_ID =
  /(?:^|[._-])ids?$|Ids?$|-id$|-key$|^(?:after|model|fallback)$|(?:^|\.)(?:users|conversation)$/i;

/** By `METHOD /path name`, or by name alone. A new name is to be put here, or below. */
const KINDS: Readonly<Record<string, IdKind>> = {
  'DELETE /auth/api-keys/{id} id': 'api key',
  'PATCH /auth/api-keys/{id} id': 'api key',
  'POST /auth/api-keys/{id}/rotate id': 'api key',
  'GET /chatflows/{id} id': 'chatflow',
  'PUT /chatflows/{id} id': 'chatflow',
  'DELETE /chatflows/{id} id': 'chatflow',
  'GET /api/chat/{id}/stream id': 'session',
  'POST /api/chat/{id}/stop id': 'session',
  'POST /api/chat id': 'session',
  sessionId: 'session',
  'X-Session-Id': 'session',
  threadId: 'session',
  chatId: 'session',
  conversation: 'session',
  'conversation.id': 'session',
  conversation_id: 'session',
  'overrideConfig.sessionId': 'session',
  turnId: 'turn',
  runId: 'turn',
  previous_response_id: 'response',
  messageId: 'message',
  'messages[].id': 'message',
  'message.id': 'message',
  'input[].id': 'message',
  parentId: 'message',
  attachmentId: 'attachment',
  'uploads[].attachmentId': 'attachment',
  signInId: 'sign-in',
  userId: 'user',
  actorId: 'user',
  targetId: 'user',
  'access.users': 'user',
  chatflowId: 'chatflow',
  chatflow_id: 'chatflow',
  chatflowIds: 'chatflow',
  'X-Chatflow-Id': 'chatflow',
  model: 'chatflow',
  fallback: 'chatflow',
  'Idempotency-Key': 'idempotency key',
  after: 'cursor',
};

/** What is called like an id and names nothing of ours. */
const NO_IDS: readonly string[] = [
  // A position in a stream.
  'Last-Event-ID',
  'GET /turns/{turnId}/stream after',
  'GET /api/chat/{id}/stream after',
  // Of the upstream's own.
  'upstream.flowId',
  'upstream.bucketIds',
  'bucketIds',
  'humanInput.startNodeId',
  // Of a call in the same request.
  'messages[].tool_calls[].id',
  'messages[].tool_call_id',
  'input[].call_id',
];

/** Ids within values that the document leaves open. */
const IN_OPEN_VALUES: Readonly<Record<string, readonly string[]>> = {
  'POST /predict': ['overrideConfig.sessionId'],
  'POST /predict/stream/store': ['overrideConfig.sessionId'],
  'POST /api/v1/prediction/{chatflowId}': ['overrideConfig.sessionId'],
  'POST /v1/responses': ['input[].id'],
};

/** Every place of an operation that takes an id. @throws Error for one that nobody has said what it names */
export function slotsOf({ name: operationName, operation }: NamedOperation, document: OpenApi): Slot[] {
  const parameters = (operation.parameters ?? []).map(
    ({ in: where, name }) => [where as Slot['where'], name] as const,
  );
  const schema = operation.requestBody?.content['application/json']?.schema;
  const fields = [...fieldsOf(schema ?? {}, document), ...(IN_OPEN_VALUES[operationName] ?? [])];
  return [...parameters, ...fields.map((name) => ['body', name] as const)].flatMap(([where, name]) => {
    const names = [`${operationName} ${name}`, name];
    if (names.some((one) => NO_IDS.includes(one))) return [];
    const kind = names.map((one) => KINDS[one]).find((one) => one !== undefined);
    if (kind !== undefined) return [{ where, name, kind }];
    if (where !== 'path' && !LOOKS_LIKE_AN_ID.test(name)) return [];
    throw new Error(
      `What does ${name} (${where}) of ${operationName} name? Say it in ${import.meta.filename}.`,
    );
  });
}

/** The fields of a body, each with the way to it. */
function fieldsOf(schema: Schema, document: OpenApi, way = '', within: readonly string[] = []): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    const found = document.components.schemas[name];
    return found === undefined || within.includes(name)
      ? []
      : fieldsOf(found, document, way, [...within, name]);
  }
  const parts = [...(schema.allOf ?? []), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  const found = [
    ...parts.flatMap((part) => fieldsOf(part, document, way, within)),
    ...(schema.items === undefined ? [] : fieldsOf(schema.items, document, `${way}[]`, within)),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, member]) => {
      const here = way === '' ? key : `${way}.${key}`;
      return [here, ...fieldsOf(member, document, here, within)];
    }),
  ];
  return [...new Set(found)];
}
