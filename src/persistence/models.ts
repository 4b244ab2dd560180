import type { ModelDefinition } from '@nestjs/mongoose';
import { ACCOUNTING_MODELS } from './accounting/index.js';
import { ASSISTANT_MODELS } from './tools/index.js';
import { AUDIT_MODELS } from './audit/index.js';
import { AUTH_MODELS } from './auth/index.js';
import { CHAT_MODELS } from './chat/index.js';
import { PRIVACY_MODELS } from './privacy/index.js';
import { CHATFLOW_MODELS } from './chatflows/index.js';

/** Every collection of the product with its schema and indexes. */
export const MODELS: ModelDefinition[] = [
  ...AUTH_MODELS,
  ...AUDIT_MODELS,
  ...ACCOUNTING_MODELS,
  ...CHATFLOW_MODELS,
  ...CHAT_MODELS,
  ...ASSISTANT_MODELS,
  ...PRIVACY_MODELS,
];
