import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';

export const ASSISTANT_MODELS: ModelDefinition[] = [];
export const ASSISTANT_STORES: Provider[] = [];
