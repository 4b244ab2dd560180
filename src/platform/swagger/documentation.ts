import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { completeDocument } from './complete-document.js';
import { GETTING_STARTED } from './getting-started.js';
import { ProblemDto } from './problem.dto.js';

const DOCS_PATH = 'docs';

export const API_VERSION = '1.0';

/** Names of the security schemes, to be used with `@ApiBearerAuth` and `@ApiSecurity`. */
export const BEARER_SCHEME = 'bearer';
export const API_KEY_SCHEME = 'apiKey';

/** The OpenAPI document of the application. */
export function createDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Tollgate')
    .setDescription(GETTING_STARTED)
    .setVersion(API_VERSION)
    .addServer('/', 'This server')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'From `POST /auth/login`.' },
      BEARER_SCHEME,
    )
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'From `POST /auth/api-keys`.' },
      API_KEY_SCHEME,
    );
  const document = SwaggerModule.createDocument(app, builder.build(), {
    extraModels: [ProblemDto],
    operationIdFactory: (controller, method) =>
      `${uncapitalised(controller.replace(/Controller$/, ''))}_${method}`,
  });
  return completeDocument(document);
}

/** Serves Swagger UI at `/docs` and the document at `/docs-json`. The document is made when it is first asked for. */
export function serveDocumentation(app: INestApplication): void {
  SwaggerModule.setup(DOCS_PATH, app, () => createDocument(app), {
    customSiteTitle: 'Tollgate API',
    raw: ['json'],
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true, tryItOutEnabled: true },
  });
}

function uncapitalised(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
