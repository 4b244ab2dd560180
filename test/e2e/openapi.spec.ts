import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ERROR_CODES } from '../../src/contract/error-codes.js';
import { operationsOf, type Media, type OpenApi, type Schema } from '../support/openapi/served-document.js';
import { startTestServer } from '../support/test-server.js';

/** Whoever has no credentials yet, and machines. Everything else needs them. */
const PUBLIC_OPERATIONS = [
  'GET /api/v1/chatflows-streaming/{chatflowId}',
  'GET /api/v1/public-chatbotConfig/{chatflowId}',
  'GET /auth/providers',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'POST /auth/backchannel-logout',
  'POST /auth/login',
  'POST /auth/password-reset',
  'POST /auth/password-reset-requests',
  'POST /auth/refresh',
  'POST /auth/register',
];
/** Operations that work on what a login made, and so take no API key. */
const BEARER_ONLY = [
  'POST /auth/logout',
  'POST /auth/password',
  'GET /auth/sign-ins',
  'DELETE /auth/sign-ins',
  'DELETE /auth/sign-ins/{signInId}',
  'DELETE /users/me',
];

const server = await startTestServer();
const { body } = await server.request.get('/docs-json').expect(200);
const document = body as OpenApi;
const operations = operationsOf(document).map(({ name, operation }) => [name, operation] as const);

afterAll(() => server.close());

/** Whether Swagger UI can show a whole value made of examples. */
function isExemplified(schema: Schema | undefined): boolean {
  if (schema === undefined) return false;
  if (schema.$ref !== undefined)
    return isExemplified(document.components.schemas[schema.$ref.split('/').at(-1) ?? '']);
  if (['example', 'examples', 'enum', 'default'].some((key) => key in schema)) return true;
  if (schema.allOf !== undefined) return schema.allOf.every(isExemplified);
  if (schema.oneOf !== undefined) return schema.oneOf.some(isExemplified);
  if (schema.type === 'array') return isExemplified(schema.items);
  if (schema.properties === undefined) return false;
  const required = schema.required ?? [];
  return required.every((name) => isExemplified(schema.properties?.[name]));
}

function hasExample(media: Media): boolean {
  return media.example !== undefined || media.examples !== undefined || isExemplified(media.schema);
}

/** The media types that Swagger UI has nothing to show for. */
function withoutExample(content: Readonly<Record<string, Media>> = {}): string[] {
  const entries = Object.entries(content);
  return entries.length === 0
    ? ['no content']
    : entries.filter(([, media]) => !hasExample(media)).map(([type]) => type);
}

describe('the OpenAPI document', () => {
  it('describes the endpoints that clients rely on', () => {
    expect(operations.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'POST /predict',
        'POST /predict/stream/store',
        'GET /turns/{turnId}/stream',
        'POST /turns/{turnId}/stop',
        'GET /accounting/balance',
        'PUT /chatflows/{id}',
      ]),
    );
  });

  it('describes everything that it refers to', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    const unknown = refs
      .map(([, name = '']) => name)
      .filter((name) => !(name in document.components.schemas));
    expect(unknown).toEqual([]);
    expect(document.components.schemas).toHaveProperty('ToolCallEvent');
  });

  it('offers both ways to authenticate', () => {
    expect(document.components.securitySchemes).toMatchObject({
      bearer: { type: 'http', scheme: 'bearer' },
      apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
    });
  });

  it.each(operations)('%s has a summary, a described tag and a name of its own', (_name, operation) => {
    expect(operation.summary).toMatch(/\w/);
    expect(operation.tags).toHaveLength(1);
    const tag = document.tags.find(({ name }) => name === operation.tags?.[0]);
    expect(tag?.description).toMatch(/\w/);
    expect(operations.filter(([, other]) => other.operationId === operation.operationId)).toHaveLength(1);
  });

  it.each(operations)('%s says what it answers, with an example', (_name, operation) => {
    const successes = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
    expect(successes).not.toEqual([]);
    for (const [status, response] of successes) {
      if (status === '204') continue;
      expect(withoutExample(response.content)).toEqual([]);
    }
  });

  it.each(operations.filter(([, { requestBody }]) => requestBody !== undefined))(
    '%s shows an example of its body and says what a wrong one answers',
    (_name, operation) => {
      expect(withoutExample(operation.requestBody?.content)).toEqual([]);
      expect(operation.responses).toHaveProperty('400');
      expect(operation.responses).toHaveProperty('413');
    },
  );

  it.each(operations)(
    '%s shows its errors as problems of a known code and the right status',
    (_name, operation) => {
      const failures = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
      expect(failures.map(([status]) => status)).toContain('500');
      for (const [status, response] of failures) {
        const problem = response.content?.['application/problem+json'];
        const sentences = response.content?.['text/plain'];
        if (sentences !== undefined) {
          expect(_name).toMatch(/ \/(api\/chat|agui|api\/v1\/prediction)\b/);
          expect(Object.values(sentences.examples ?? {})).not.toEqual([]);
          expect(Object.keys(response.headers ?? {})).toEqual(expect.arrayContaining(['X-Error-Code']));
          continue;
        }
        if (problem === undefined) {
          // These are for machines that read the status only.
          expect(['GET /health/ready 503', 'GET /attachments/{attachmentId} 416']).toContain(
            `${_name} ${status}`,
          );
          continue;
        }
        for (const { value } of Object.values(problem.examples ?? {})) {
          const { code } = value as { code: keyof typeof ERROR_CODES };
          expect(String(ERROR_CODES[code].status)).toBe(status);
        }
      }
    },
  );

  it.each(operations)('%s says which credentials it takes', (name, operation) => {
    const schemes = operation.security.flatMap((scheme) => Object.keys(scheme)).sort();
    if (BEARER_ONLY.includes(name)) expect(schemes).toEqual(['bearer']);
    else expect(schemes).toEqual(PUBLIC_OPERATIONS.includes(name) ? [] : ['apiKey', 'bearer']);
    if (schemes.length > 0) expect(operation.responses).toHaveProperty('401');
  });

  it.each(operations.filter(([, { security }]) => security.length > 0))(
    '%s really wants credentials',
    async (name) => {
      const [method = '', path = ''] = name.split(' ');
      const answer = await fetch(`${server.url}${path.replace(/\{\w+\}/g, 'x')}`, { method });
      expect(answer.status).toBe(401);
    },
  );

  it('describes every event of the streams', () => {
    const { description = '' } = document.paths['/predict/stream/store']?.post ?? {};
    for (const event of ['session_id', 'token', 'metadata', 'error', 'end'])
      expect(description).toContain(event);
  });

  it('passes the linter', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tollgate-openapi-'));
    try {
      const file = join(folder, 'openapi.json');
      await writeFile(file, JSON.stringify(document));
      const linter = ['node_modules/@redocly/cli/bin/cli.js', 'lint', '--config', 'redocly.yaml', file];
      const { status, stdout, stderr } = spawnSync(process.execPath, linter, {
        encoding: 'utf8',
        env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
      });
      expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('docs/chatflows.md', () => {
  const fieldsOf = ({ $ref, allOf, properties = {} }: Schema): string[] => {
    const named = $ref ?? allOf?.[0]?.$ref;
    if (named !== undefined)
      return fieldsOf(document.components.schemas[named.split('/').at(-1) ?? ''] ?? {});
    return Object.entries(properties).flatMap(([name, schema]) => {
      const inner = fieldsOf(schema);
      return inner.length === 0 ? [name] : inner.map((field) => `${name}.${field}`);
    });
  };
  const page = readFileSync(new URL('../../docs/chatflows.md', import.meta.url), 'utf8');

  it.each(fieldsOf(document.components.schemas.PutChatflow ?? {}))('says what %s does', (field) => {
    const [last = ''] = field.split('.').slice(-1);
    expect(page.includes(`\`${field}\``) || page.includes(`\`.${last}\``)).toBe(true);
  });
});

it('has the version of the package', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(body.info.version).toBe(version);
});
