import type { Provider, Type } from '@nestjs/common';
import { FlowiseController } from './flowise/flowise.controller.js';
import { PredictController } from './predict/predict.controller.js';

/** One controller per wire format. */
export const DIALECT_CONTROLLERS: Type[] = [PredictController, FlowiseController];

/** What they need besides the turn itself. */
export const DIALECT_PROVIDERS: Provider[] = [];
