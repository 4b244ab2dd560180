import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';
import { ThreadStore } from '../../upstream/storm/thread.store.port.js';
import { MongooseThreadStore } from './mongoose-thread.store.js';
import { STORM_THREAD_MODEL, stormThreadSchema } from './storm-thread.schema.js';

export const UPSTREAM_MODELS: ModelDefinition[] = [{ name: STORM_THREAD_MODEL, schema: stormThreadSchema }];
export const UPSTREAM_STORES: Provider[] = [{ provide: ThreadStore, useClass: MongooseThreadStore }];
