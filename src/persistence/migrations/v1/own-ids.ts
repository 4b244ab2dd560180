import type { Migration } from '../migration.js';
import { ACCOUNT_STEPS } from './accounts.step.js';
import { CHATFLOWS_STEP } from './chatflows.step.js';
import { CONVERSATION_STEPS } from './conversations.step.js';
import { MESSAGES_STEP } from './messages.step.js';
import { OLD_INDEXES_STEP } from './old-indexes.step.js';
import { OWNED_STEPS } from './owned-records.step.js';
import { SESSIONS_STEP } from './sessions.step.js';
import { provesOwnIds, takeStock } from './stock.js';
import { countSubjects, refuseUnknownSubjects } from './subjects.js';
import { TASK_STEPS } from './tasks.step.js';
import { CHECKPOINTS_STEP, TURNS_STEP } from './turns.step.js';
import { USERS_STEP } from './users.step.js';

/**
 * Users get ids of our own and accounts with random ids, sessions belong to their user, what upstreams remember gets a record of its own, and
 * every record names its tenant. A document that names its tenant is done: that is how each step tells what is left.
 */
export const OWN_IDS: Migration = {
  version: 1,
  name: 'own ids for users, accounts and conversations',
  // In this order: users before whoever refers to them, messages before sessions, which name their last one, and sessions before turns.
  steps: [
    USERS_STEP,
    CHATFLOWS_STEP,
    ...OWNED_STEPS,
    ...TASK_STEPS,
    ...ACCOUNT_STEPS,
    MESSAGES_STEP,
    SESSIONS_STEP,
    TURNS_STEP,
    CHECKPOINTS_STEP,
    ...CONVERSATION_STEPS,
    OLD_INDEXES_STEP,
  ],
  check: refuseUnknownSubjects,
  plan: async (context) => [`external users: ${await countSubjects(context)} get an id of their own`],
  takeStock,
  prove: provesOwnIds,
};
