import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';

export const CHAT_MODELS: ModelDefinition[] = [];
export const CHAT_STORES: Provider[] = [];
