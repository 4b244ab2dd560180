import {
  operationsOf,
  type NamedOperation,
  type OpenApi,
  type Schema,
} from '../support/openapi/served-document.js';
import { startTestServer } from '../support/test-server.js';

/** Functions of a generated client: whoever changes one breaks everybody's code. */
const NAMES = [
  ...['checkLiveness', 'checkReadiness', 'readMetrics', 'listUpstreams'],
  ...['register', 'login', 'refreshTokens', 'logout', 'getMe', 'createApiKey', 'listApiKeys', 'revokeApiKey'],
  ...['rotateApiKey', 'changeApiKey', 'createStreamTicket'],
  ...['requestPasswordReset', 'exportAuditEntries'],
  ...['listSignIns', 'endSignIn', 'endSignIns', 'listUsers', 'getUser', 'changeUser', 'signUserOut'],
  ...['deleteUser', 'getUserErasure', 'deleteAccount', 'exportData', 'exportUser'],
  ...['changePassword', 'resetPassword', 'allowPasswordReset'],
  ...['listSignInProviders', 'backchannelLogout'],
  ...['getBalance', 'listTransactions', 'getUsage'],
  ...['getAccount', 'grantCredits', 'adjustCredits', 'reconcileAccounts', 'refundTurn'],
  ...['listChatflows', 'getChatflow', 'putChatflow', 'deleteChatflow', 'listInstances'],
  ...['listAuditEntries', 'verifyAuditEntries'],
  ...['predict', 'streamPrediction', 'getTurn', 'streamTurn', 'provideTurnInput', 'stopTurn'],
  ...['listSessions', 'getSession', 'renameSession', 'deleteSession', 'listMessages', 'exportSession'],
  ...['searchSessions', 'giveFeedback', 'takeFeedbackBack', 'summarizeFeedback'],
  ...['uploadAttachment', 'getAttachment', 'deleteAttachment'],
  ...['openSession', 'streamSessionMessage', 'streamTodoAnswer', 'streamTodoAnswerWithTools'],
  ...['checkFlowiseStreaming', 'getFlowiseChatbotConfig', 'predictAsFlowise'],
  ...['createChatCompletion', 'createResponse', 'listModels', 'getModel'],
  ...[
    'streamChat',
    'resumeChat',
    'stopChat',
    'askStorm',
    'streamStormAnswer',
    'askStormContexts',
    'runAgent',
  ],
];

const server = await startTestServer();
const document = (await server.request.get('/docs-json').expect(200)).body as OpenApi;
const operations = operationsOf(document).map((operation) => [operation.name, operation] as const);

afterAll(() => server.close());

/** Every schema of the document by its place, also those within others. */
function* schemasIn(value: unknown, place: string): Generator<readonly [string, Schema]> {
  if (typeof value !== 'object' || value === null) return;
  const { schema, items, additionalProperties, properties, allOf, oneOf, anyOf } = value as Schema & {
    schema?: Schema;
  };
  const inner = {
    schema,
    items,
    ...(typeof additionalProperties === 'object' ? { additionalProperties } : {}),
    ...Object.fromEntries(Object.entries(properties ?? {})),
    ...Object.fromEntries([...(allOf ?? []), ...(oneOf ?? []), ...(anyOf ?? [])].entries()),
  };
  for (const [name, one] of Object.entries(inner)) {
    if (one === undefined) continue;
    yield [`${place}/${name}`, one];
    yield* schemasIn(one, `${place}/${name}`);
  }
}

function* schemasOf({ name, operation }: NamedOperation): Generator<readonly [string, Schema]> {
  const { parameters = [], requestBody, responses } = operation;
  for (const parameter of parameters) {
    yield [`${name} ${parameter.name}`, parameter.schema ?? {}];
    yield* schemasIn(parameter, `${name} ${parameter.name}`);
  }
  const answers = Object.values(responses).flatMap(({ content = {}, headers = {} }) => [
    ...Object.values(content),
    ...Object.values(headers),
  ]);
  for (const media of [...Object.values(requestBody?.content ?? {}), ...answers]) {
    yield [`${name} content`, media.schema ?? {}];
    yield* schemasIn(media, `${name} content`);
  }
}

/** Whether a generator could only make `unknown` of it. What really is free is described as such. */
function saysNothing(schema: Schema): boolean {
  if (schema.$ref !== undefined || schema.const !== undefined || schema.enum !== undefined) return false;
  if ([schema.allOf, schema.oneOf, schema.anyOf].some((parts) => (parts ?? []).length > 0)) return false;
  const { type, description, properties, additionalProperties, items } = schema;
  if (type === undefined) return description !== 'Any JSON value.';
  if (type === 'array') return items === undefined;
  if (type !== 'object' || Object.keys(properties ?? {}).length > 0) return false;
  if (typeof additionalProperties === 'object') return false;
  return additionalProperties !== true || description === undefined;
}

describe('what a generator makes of the OpenAPI document', () => {
  it('are functions with these names', () => {
    const names = operations.map(([, { operation }]) => operation.operationId);
    expect(names.sort()).toEqual([...NAMES].sort());
    for (const name of names) expect(name).toMatch(/^[a-z]+([A-Z][a-z]+)*$/);
  });

  it.each(operations)('%s: each parameter once, bearer first', (_name, { operation }) => {
    const parameters = (operation.parameters ?? []).map(
      ({ in: where, name }) => `${where} ${name.toLowerCase()}`,
    );
    expect(parameters).toEqual([...new Set(parameters)]);
    const schemes = operation.security.flatMap((requirement) => Object.keys(requirement));
    if (schemes.length > 1) expect(schemes).toEqual(['bearer', 'apiKey']);
  });

  it.each(operations)('%s: each header of an answer once', (_name, { operation }) => {
    for (const { headers = {} } of Object.values(operation.responses)) {
      const names = Object.keys(headers).map((name) => name.toLowerCase());
      expect(names).toEqual([...new Set(names)]);
    }
  });

  it.each(operations)('%s: nothing unknown', (_name, operation) => {
    const empty = [...schemasOf(operation)].filter(([, schema]) => saysNothing(schema));
    expect(empty).toEqual([]);
  });

  it.each(Object.entries(document.components.schemas))('%s: nothing unknown', (name, schema) => {
    const all = [[name, schema] as const, ...schemasIn(schema, name)];
    expect(all.filter(([, one]) => saysNothing(one))).toEqual([]);
    // Named after what it is, and not after what kind of class describes it.
    expect(name).not.toMatch(/Dto$/);
  });

  it('are types for the events of every stream', () => {
    const streams = operations.flatMap(([, { operation }]) => {
      const media = operation.responses['200']?.content?.['text/event-stream'];
      return media === undefined ? [] : [[operation.operationId, media] as const];
    });
    expect(streams.length).toBeGreaterThanOrEqual(12);
    for (const [, { schema }] of streams) {
      const event = document.components.schemas[schema?.$ref?.split('/').at(-1) ?? ''];
      expect((event?.oneOf ?? event?.anyOf ?? []).length).toBeGreaterThan(1);
    }
  });
});
