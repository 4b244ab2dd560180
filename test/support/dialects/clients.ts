import * as agUi from './ag-ui-clients.js';
import { AI_SDK_CLIENTS } from './ai-sdk-clients.js';
import type { DialectClient } from './dialect-client.js';
import * as flowise from './flowise-clients.js';
import { MODEL_LIBRARY_CLIENTS } from './model-library-clients.js';
import * as openai from './openai-clients.js';
import * as sessions from './sessions-clients.js';
import * as storm from './storm-clients.js';
import * as todo from './todo-clients.js';

/** Every real client of every wire format; docs/clients.md lists them. */
export const CLIENTS: readonly DialectClient[] = [
  ...[flowise, openai, todo, sessions, storm, agUi]
    .flatMap((members) => Object.values<unknown>(members))
    .filter((value): value is DialectClient => typeof value === 'object' && value !== null && 'ask' in value),
  ...AI_SDK_CLIENTS,
  ...MODEL_LIBRARY_CLIENTS,
];
