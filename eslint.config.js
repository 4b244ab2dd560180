import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import prettier from 'eslint-config-prettier';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import globals from 'globals';

/**
 * The folders of `src`, lowest first: each may import those above it in this list and nothing below. A folder that is also the beginning of others
 * stands for the files in it alone. ARCHITECTURE.md's table is checked against it.
 */
export const FOLDERS = [
  'contract',
  'config',
  'platform',
  'cluster',
  'audit',
  'mail',
  'auth',
  'operations',
  'chatflows',
  'accounting',
  'tools',
  'upstream',
  'chat/events',
  'chat/client-input',
  'chat/records',
  'chat/conversations',
  'chat/search',
  'chat/attachments',
  'chat/titles',
  'chat/turn/log',
  'chat/turn/follow',
  'chat/turn/settle',
  'chat/turn/run',
  'chat/turn/own',
  'chat/turn/admit',
  'chat/turn',
  'chat/history',
  'chat/uploads',
  'chat/sse',
  'chat/dialects',
  'chat',
  'privacy',
  'persistence',
  'web',
  'cli',
];

const filesOf = (folder) =>
  FOLDERS.some((other) => other.startsWith(`${folder}/`)) ? `./src/${folder}/*.ts` : `./src/${folder}/**/*`;
const FOLDER_ORDER = [...FOLDERS.entries()].map(([index, folder]) => ({
  target: filesOf(folder),
  from: [...FOLDERS.slice(index + 1).map(filesOf), './src/*.ts'],
  message: `src/${folder} is below it in the list of folders (eslint.config.js): move what both need down, or define a port here.`,
}));

/** One import boundary: `files` must not import `patterns`; the message names the remedy. */
const PERSISTENCE_ONLY = {
  group: ['mongoose', '@nestjs/mongoose', 'mongodb'],
  message: 'Only src/persistence imports mongoose: define a port beside its user and implement it there.',
};
const UPSTREAM_ONLY = {
  group: ['undici'],
  message: 'Only src/upstream opens upstream connections (and src/accounting/external its own service).',
};
const NO_EMBEDDED = {
  group: ['@tollgate/embedded-mongo'],
  message:
    'Only src/persistence starts the embedded database; everything else sees MongoDB through a store port.',
};
const NO_CLIENT = {
  group: ['@tollgate/client', '@tollgate/client/*'],
  message: 'The server does not know its client; only the terminal (src/cli) and the page use it.',
};
const CLUSTER_ONLY = {
  group: ['redis', '@redis/*'],
  message: 'Only src/cluster talks to Redis: use InstanceBus or SharedScripts.',
};
const MAIL_ONLY = {
  group: ['nodemailer', 'nodemailer/*'],
  message: 'Only src/mail sends mail: use Mailer.',
};
const TRACING_ONLY = {
  group: ['@opentelemetry/*'],
  message:
    'Only src/platform/tracing knows OpenTelemetry, and it is loaded only when it is switched on: use Tracing.',
};
/** Packages of clients, which the built product does without. */
const TYPES_ONLY = {
  regex: '^(openai|ai|flowise-sdk)(/|$)|^@ag-ui/',
  allowTypeImports: true,
  message: 'Only the types of this package are used: `import type`. It is not there when the product runs.',
};
const PURE = {
  group: ['@nestjs/*', 'mongoose', 'rxjs', 'rxjs/*', 'express', 'undici', 'node:http', 'node:https'],
  message:
    'Domain files are pure: no Nest, mongoose, rxjs or HTTP. Move the wiring to a service or an adapter.',
};

const CLIENT_DEPENDENCIES = {
  regex: '^(?!\\.|react$|react/)',
  message: '@tollgate/client runs in browsers and depends on nothing; its React part depends on react alone.',
};
const DATABASE_DEPENDENCIES = {
  regex: '^(?!\\.|node:|bson$|libsql$)',
  message: '@tollgate/embedded-mongo is a database of its own: bson, libsql and Node only.',
};
const PACKAGE_ALONE = {
  group: ['**/src/**', '**/test/**'],
  message: 'A package imports nothing from the rest of the product.',
};

const NO_ENV = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Only src/config reads process.env: add a typed setting there and inject AppConfig.',
};

const boundary = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
});

export default tseslint.config(
  { ignores: ['dist', 'packages/*/dist', 'coverage', 'data', 'web/dist', '**/__fixtures__/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommendedTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    rules: {
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      'import-x/no-default-export': 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['**/*.js', '**/*.mjs'], languageOptions: { globals: globals.node } },
  { files: ['web/public/**/*.js'], languageOptions: { globals: globals.browser } },

  {
    files: ['src/**/*.ts', 'packages/*/src/**/*.{ts,tsx}', 'web/src/**/*.{ts,tsx}'],
    settings: {
      'import-x/extensions': ['.ts', '.tsx'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] },
      'import-x/resolver-next': [
        createNodeResolver({
          extensionAlias: { '.js': ['.ts', '.tsx', '.js'] },
          conditionNames: ['import', 'node', 'default'],
        }),
      ],
    },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones: FOLDER_ORDER }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
    },
  },

  // Who may import what from outside. Later entries replace earlier ones for the same file.
  boundary(
    ['src/**/*.ts'],
    [
      PERSISTENCE_ONLY,
      UPSTREAM_ONLY,
      CLUSTER_ONLY,
      TRACING_ONLY,
      MAIL_ONLY,
      NO_EMBEDDED,
      NO_CLIENT,
      TYPES_ONLY,
    ],
    ['src/**/*.spec.ts', 'src/cli/**', 'src/platform/tracing/**'],
  ),
  boundary(
    ['src/upstream/**/*.ts', 'src/accounting/external/**/*.ts'],
    [PERSISTENCE_ONLY, CLUSTER_ONLY, TRACING_ONLY, MAIL_ONLY, NO_EMBEDDED, NO_CLIENT, TYPES_ONLY],
  ),
  boundary(
    ['src/persistence/**/*.ts'],
    [UPSTREAM_ONLY, CLUSTER_ONLY, TRACING_ONLY, MAIL_ONLY, NO_CLIENT, TYPES_ONLY],
  ),
  boundary(
    ['src/cluster/**/*.ts'],
    [PERSISTENCE_ONLY, UPSTREAM_ONLY, TRACING_ONLY, MAIL_ONLY, NO_EMBEDDED, NO_CLIENT, TYPES_ONLY],
  ),
  boundary(
    ['src/platform/tracing/**/*.ts'],
    [PERSISTENCE_ONLY, UPSTREAM_ONLY, CLUSTER_ONLY, MAIL_ONLY, NO_EMBEDDED, NO_CLIENT, TYPES_ONLY],
  ),
  boundary(
    ['src/mail/**/*.ts'],
    [PERSISTENCE_ONLY, UPSTREAM_ONLY, CLUSTER_ONLY, TRACING_ONLY, NO_EMBEDDED, NO_CLIENT, TYPES_ONLY],
  ),
  boundary(
    ['src/contract/**/*.ts'],
    [{ regex: '.', message: 'src/contract is what everybody shares: it imports nothing.' }],
  ),
  boundary(
    ['src/chat/events/**/*.ts', 'src/**/*.encoder.ts', 'src/**/*.decoder.ts', 'src/**/*.policy.ts'],
    [PURE, NO_EMBEDDED, NO_CLIENT, TYPES_ONLY],
  ),
  boundary(['packages/embedded-mongo/src/**/*.ts'], [DATABASE_DEPENDENCIES, PACKAGE_ALONE], ['**/*.spec.ts']),
  boundary(['packages/client/src/**/*.{ts,tsx}'], [CLIENT_DEPENDENCIES, PACKAGE_ALONE], ['**/*.spec.ts']),
  // The terminal client is a program of its own.
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config/**', 'src/cli/**', 'src/**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_ENV] },
  },

  {
    files: ['**/*.spec.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  prettier,
);
