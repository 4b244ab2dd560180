import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';
import { TaskStore } from '../../tools/todo/task.store.port.js';
import {
  ASSISTANT_COUNTER_MODEL,
  ASSISTANT_TASK_MODEL,
  assistantCounterSchema,
  assistantTaskSchema,
} from './task.schema.js';
import { MongooseTaskStore } from './mongoose-task.store.js';

export const ASSISTANT_MODELS: ModelDefinition[] = [
  { name: ASSISTANT_TASK_MODEL, schema: assistantTaskSchema },
  { name: ASSISTANT_COUNTER_MODEL, schema: assistantCounterSchema },
];
export const ASSISTANT_STORES: Provider[] = [{ provide: TaskStore, useClass: MongooseTaskStore }];
