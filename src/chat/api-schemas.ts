import { FREE_SCHEMAS, type NamedSchemas } from '../platform/swagger/schemas.js';
import { AG_UI_SCHEMAS } from './dialects/ag-ui/ag-ui.schemas.js';
import { AI_SDK_SCHEMAS } from './dialects/ai-sdk/ai-sdk.schemas.js';
import { FLOWISE_SCHEMAS } from './dialects/flowise/flowise.schemas.js';
import { CHAT_COMPLETIONS_SCHEMAS } from './dialects/openai/chat-completions.schemas.js';
import { RESPONSES_SCHEMAS } from './dialects/openai/responses.schemas.js';
import { PREDICT_SCHEMAS } from './dialects/predict/predict.schemas.js';
import { SESSIONS_SCHEMAS } from './dialects/sessions/sessions.schemas.js';
import { STORM_SCHEMAS } from './dialects/storm/storm.schemas.js';
import { TODO_SCHEMAS } from './dialects/todo/todo.schemas.js';
import { STORED_EVENT_SCHEMAS } from './history/stored-event.schemas.js';

/** What the document has by reference and no class describes: the events of streams and of stored answers. */
export const API_SCHEMAS: NamedSchemas = {
  ...FREE_SCHEMAS,
  ...STORED_EVENT_SCHEMAS,
  ...PREDICT_SCHEMAS,
  ...FLOWISE_SCHEMAS,
  ...CHAT_COMPLETIONS_SCHEMAS,
  ...RESPONSES_SCHEMAS,
  ...AI_SDK_SCHEMAS,
  ...AG_UI_SCHEMAS,
  ...STORM_SCHEMAS,
  ...TODO_SCHEMAS,
  ...SESSIONS_SCHEMAS,
};
