import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import prettier from 'eslint-config-prettier';
import { importX } from 'eslint-plugin-import-x';
import globals from 'globals';

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
  group: ['**/embedded/**'],
  message:
    'Only src/persistence starts the embedded database; everything else sees MongoDB through a store port.',
};
const NO_ADAPTERS = {
  group: ['**/persistence/**'],
  message:
    'Depend on the port (an abstract class beside its user); only *.module.ts files import persistence.',
};
const PURE = {
  group: ['@nestjs/*', 'mongoose', 'rxjs', 'rxjs/*', 'express', 'undici', 'node:http', 'node:https'],
  message:
    'Domain files are pure: no Nest, mongoose, rxjs or HTTP. Move the wiring to a service or an adapter.',
};

const CLIENT_DEPENDENCIES = {
  regex: '^(?!\\.|react$|react/)',
  message: 'src/client runs in browsers and depends on nothing; its React part depends on react alone.',
};
const CLIENT_ALONE = {
  message: 'src/client imports nothing from the rest of the product: it only knows the HTTP surface.',
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
  { ignores: ['dist', 'coverage', 'data', 'web/dist', '**/__fixtures__/**'] },
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

  // Import boundaries (see ARCHITECTURE.md, "The dependency rule"). Later entries replace earlier ones for the same file.
  boundary(
    ['src/**/*.ts'],
    [PERSISTENCE_ONLY, UPSTREAM_ONLY, NO_EMBEDDED, NO_ADAPTERS],
    ['src/**/*.spec.ts'],
  ),
  boundary(
    ['src/**/*.module.ts', 'src/main.ts', 'src/bootstrap.ts'],
    [PERSISTENCE_ONLY, UPSTREAM_ONLY, NO_EMBEDDED],
  ),
  boundary(
    ['src/upstream/**/*.ts', 'src/accounting/external/**/*.ts'],
    [PERSISTENCE_ONLY, NO_EMBEDDED, NO_ADAPTERS],
  ),
  boundary(['src/persistence/**/*.ts'], [UPSTREAM_ONLY]),
  boundary(
    ['src/chat/events/**/*.ts', 'src/**/*.encoder.ts', 'src/**/*.decoder.ts', 'src/**/*.policy.ts'],
    [PURE, NO_ADAPTERS, NO_EMBEDDED],
  ),
  boundary(
    ['src/embedded/**/*.ts'],
    [
      {
        group: ['@nestjs/*', 'mongoose', 'mongodb', 'mingo'],
        message: 'src/embedded is a database of its own: bson, libsql and Node only.',
      },
      {
        group: ['**/../*/**', '!./**', '!../*'],
        message: 'src/embedded imports nothing from the rest of the product.',
      },
    ].slice(0, 1),
    ['src/embedded/**/*.spec.ts'],
  ),
  boundary(
    ['src/client/*.ts', 'src/client/*.tsx'],
    [CLIENT_DEPENDENCIES, { ...CLIENT_ALONE, regex: '^\\.\\./' }],
  ),
  boundary(
    ['src/client/*/*.ts', 'src/client/*/*.tsx'],
    [CLIENT_DEPENDENCIES, { ...CLIENT_ALONE, regex: '^\\.\\./\\.\\./' }],
    ['src/client/**/*.spec.ts'],
  ),
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
