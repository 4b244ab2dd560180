import { relative } from 'node:path';
import { TestSequencer } from './jest-parts.mjs';

/** What would run alone at the end if jest, which knows no durations in a fresh clone, started the largest files first. */
const LONGEST = [
  'test/client/libraries/clients.spec.ts',
  'test/client/libraries/client-questions.spec.ts',
  'test/migration/cut-anywhere.spec.ts',
  'test/migration/killed-migration.spec.ts',
  'test/e2e/crash-and-shutdown.spec.ts',
  'test/e2e/conversations/two-instances.spec.ts',
  'test/e2e/user-command.spec.ts',
  'test/e2e/framing.spec.ts',
  'test/e2e/upstream-resilience.spec.ts',
  'test/e2e/resume.spec.ts',
  'test/e2e/dialects/ids-of-clients.spec.ts',
  'test/e2e/conversations/ai-sdk-conversations.spec.ts',
  'test/contract/assistant-task-store.spec.ts',
  'test/e2e/conversations/leaving-clients.spec.ts',
  'test/e2e/password-reset-mail.spec.ts',
  'test/e2e/many-turns.spec.ts',
  'test/contract/accounting-key-caps.spec.ts',
  'test/e2e/storage-unavailable.spec.ts',
];

/** Starts the longest files first, the others in jest's own order. */
export default class LongestFirst extends TestSequencer {
  async sort(tests) {
    const rank = ({ path, context }) => {
      const place = LONGEST.indexOf(relative(context.config.rootDir, path));
      return place === -1 ? LONGEST.length : place;
    };
    return [...(await super.sort(tests))].sort((a, b) => rank(a) - rank(b));
  }
}
