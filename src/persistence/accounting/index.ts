import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';

export const ACCOUNTING_MODELS: ModelDefinition[] = [];
export const ACCOUNTING_STORES: Provider[] = [];
