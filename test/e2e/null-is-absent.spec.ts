import { startTestServer, type TestServer } from '../support/test-server.js';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly example?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}
interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly example?: unknown;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}
type Body = Record<string, unknown>;

/** What must be there beside what the schema requires, for the request to do something. */
const BESIDES: Readonly<Record<string, Body>> = {
  FlowisePrediction: { question: 'Hi' },
  ChatRequest: { messages: [{ id: 'm', role: 'user', parts: [{ type: 'text', text: 'Hi' }] }] },
};

const server: TestServer = await startTestServer({ TURNS_PER_MINUTE: '10000', SIGNUP_CREDITS: '10000' });
const { body: document } = (await server.request.get('/docs-json').expect(200)) as { body: OpenApi };
const admin = await server.admin();

afterAll(() => server.close());

function resolve(schema: Schema): Schema {
  const [only] = schema.allOf ?? [];
  if (only !== undefined) return resolve(only);
  if (schema.$ref === undefined) return schema;
  return document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {};
}

/** A value of the schema with nothing in it that need not be. */
function least(schema: Schema): unknown {
  const known = resolve(schema);
  if (known.properties === undefined)
    return schema.example ?? known.example ?? known.enum?.[0] ?? (known.type === 'array' ? [] : {});
  const required = (known.required ?? []).map((name) => [name, least(known.properties?.[name] ?? {})]);
  return { ...BESIDES[schema.$ref?.split('/').at(-1) ?? ''], ...Object.fromEntries(required) } as Body;
}

/** Such values with `null` in one optional field each, at any depth. */
function withNull(schema: Schema): (readonly [string, unknown])[] {
  const known = resolve(schema);
  if (known.type === 'array' && known.items !== undefined) {
    return withNull(known.items).map(([path, value]) => [`0.${path}`, [value]] as const);
  }
  const base = least(schema) as Body;
  return Object.entries(known.properties ?? {}).flatMap(([name, property]) => {
    const nested = withNull(property).map(
      ([path, value]) => [`${name}.${path}`, { ...base, [name]: value }] as const,
    );
    const isOptional = !(known.required ?? []).includes(name);
    return isOptional ? [[name, { ...base, [name]: null }] as const, ...nested] : nested;
  });
}

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    method,
    operation,
  })),
);
const schemaOf = ({ requestBody }: Operation): Schema | undefined =>
  requestBody?.content['application/json']?.schema;
const bodies = operations.flatMap(({ name, path, method, operation }) => {
  const schema = schemaOf(operation);
  if (schema === undefined) return [];
  return withNull(schema).map(
    ([field, value]) => [`${name} ${field}`, { path, method, operation, value }] as const,
  );
});
const queries = operations.flatMap(({ name, path, method, operation }) =>
  (operation.parameters ?? [])
    .filter((parameter) => parameter.in === 'query' && parameter.required !== true)
    .map(
      (parameter) =>
        [`${name} ?${parameter.name}`, { path, method, operation, field: parameter.name }] as const,
    ),
);

/** Ids of what is there, so that as much as can be runs behind the validation. */
function filled(path: string, { parameters = [] }: Operation): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (name === 'userId') return admin.userId;
    if (name === 'chatflowId') return 'assistant';
    const example = parameters.find((parameter) => parameter.name === name)?.example;
    return typeof example === 'string' ? example : 'x';
  });
}

async function statusOf(method: string, path: string, body?: unknown): Promise<number> {
  // Signing out ends the sign-in that it is asked with.
  const { token } = path.startsWith('/auth/') ? await server.logIn(admin.email, admin.password) : admin;
  const { status } = await fetch(`${server.url}${path}`, {
    method: method.toUpperCase(),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return status;
}

const withoutNulls = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, member: unknown) => (member === null ? undefined : member)));

describe('null is absent', () => {
  beforeAll(async () => {
    // From now on a `PUT` replaces.
    const { path, operation } = operations.find(({ name }) => name === 'PUT /chatflows/{id}') ?? {};
    if (path === undefined || operation === undefined) throw new Error('There is no such operation.');
    expect(await statusOf('put', filled(path, operation), least(schemaOf(operation) ?? {}))).toBe(201);
  });

  it('in fields and queries that there are', () => {
    expect(bodies.length).toBeGreaterThan(30);
    expect(queries.length).toBeGreaterThan(10);
  });

  it.each(bodies)('%s', async (_name, { path, method, operation, value }) => {
    const url = filled(path, operation);
    const expected = await statusOf(method, url, withoutNulls(value));
    expect(expected).toBeLessThan(500);
    expect(await statusOf(method, url, value)).toBe(expected);
  });

  it.each(queries)('%s', async (_name, { path, method, operation, field }) => {
    const url = filled(path, operation);
    const expected = await statusOf(method, url);
    expect(expected).toBeLessThan(500);
    expect(await statusOf(method, `${url}?${field}=null`)).toBe(expected);
    expect(await statusOf(method, `${url}?${field}=`)).toBe(expected);
  });
});
