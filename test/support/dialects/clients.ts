import * as agUi from './ag-ui-clients.js';
import * as aiSdk from './ai-sdk-clients.js';
import type { DialectClient } from './dialect-client.js';
import * as flowise from './flowise-clients.js';
import * as openai from './openai-clients.js';
import * as sessions from './sessions-clients.js';
import * as storm from './storm-clients.js';
import * as todo from './todo-clients.js';

/** Every real client of every wire format; docs/clients.md lists them. */
export const CLIENTS: readonly DialectClient[] = [flowise, openai, todo, sessions, aiSdk, storm, agUi]
  .flatMap((members) => Object.values<unknown>(members))
  .filter(
    (member): member is DialectClient => typeof member === 'object' && member !== null && 'ask' in member,
  );
