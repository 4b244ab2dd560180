import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { PRODUCT_VERSION } from '../product-version.js';
import { completeDocument } from './complete-document.js';
import type { SentencesOf } from './sentence-responses.js';
import type { NamedSchemas } from './schemas.js';
import { withoutSuffix } from './without-suffix.js';
import { GETTING_STARTED } from './getting-started.js';
import { ProblemDto } from './problem.dto.js';

const DOCS_PATH = 'docs';

/** The groups of operations, in the order in which a newcomer meets them. */
const TAGS = {
  Auth: 'Accounts, tokens and API keys.',
  'Your data': 'Everything that is stored of you: download it, or have it deleted.',
  'Users (admin)': 'Who there is, what they may, and whether they may at all.',
  Chatflows: 'What can be asked, at what price, and by whom.',
  Predict: 'Ask and get the answer, streamed or whole.',
  Turns: 'One question with its answer and its charge: read it, follow it, stop it.',
  History: 'Sessions and their messages: read, search, rate, delete.',
  Attachments: 'Files of questions, sent before them and kept with them.',
  'Feedback (admin)': 'What users think of answers, in numbers.',
  Accounting: "The caller's own credits.",
  'Accounting (admin)': "Everybody's credits, and the proof that they add up.",
  Flowise: 'For clients of Flowise, as `flowise-sdk` and its chat widget.',
  OpenAI: 'For clients of the OpenAI API: a model is a chatflow.',
  'AI SDK': 'For `useChat` and `Chat` of the AI SDK.',
  'AG-UI': 'For AG-UI clients: an agent is a chatflow.',
  Storm: 'For clients of the Storm API.',
  'Todo assistant': 'For clients of the todo assistant.',
  Sessions: 'For clients that send messages into a session.',
  Operations: 'For balancers and monitoring.',
} as const;

/** Names of the security schemes, to be used with `@ApiBearerAuth` and `@ApiSecurity`. */
export const BEARER_SCHEME = 'bearer';
export const API_KEY_SCHEME = 'apiKey';

/** What the modules say of their part of the document. */
export interface Described {
  readonly sentencesOf: SentencesOf;
  /** Schemas that the document has by reference and that no class stands for. */
  readonly schemas: NamedSchemas;
  /** In front of every path, without a trailing slash; absent: nothing. */
  readonly basePath?: string;
}

/** The OpenAPI document of the application. */
export function createDocument(
  app: INestApplication,
  { sentencesOf, schemas, basePath = '' }: Described,
): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Tollgate')
    .setDescription(GETTING_STARTED)
    .setVersion(PRODUCT_VERSION)
    .addServer(`${basePath}/`, 'This server')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'From `POST /auth/login`.' },
      BEARER_SCHEME,
    )
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'From `POST /auth/api-keys`.' },
      API_KEY_SCHEME,
    );
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    extraModels: [ProblemDto],
    // Of operations that have no name of their own, which a test finds.
    operationIdFactory: (controller, method) => `${controller}_${method}`,
  });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...schemas },
  };
  return withoutSuffix(completeDocument(document, sentencesOf));
}

/** Serves Swagger UI at `/docs` and the document at `/docs-json`. The document is made when it is first asked for. */
export function serveDocumentation(app: INestApplication, described: Described): void {
  SwaggerModule.setup(DOCS_PATH, app, () => createDocument(app, described), {
    customSiteTitle: 'Tollgate API',
    raw: ['json'],
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true, tryItOutEnabled: true },
  });
}
