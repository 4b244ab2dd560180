import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';

export const AUTH_MODELS: ModelDefinition[] = [];
export const AUTH_STORES: Provider[] = [];
