import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';

export const CHATFLOW_MODELS: ModelDefinition[] = [];
export const CHATFLOW_STORES: Provider[] = [];
