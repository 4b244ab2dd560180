import type { Migration, MigrationContext, ProofLine, Stock } from '../migration.js';
import { rawCollection } from '../raw-record.js';
import { countElsewhere, type Fork } from './forks-of.js';
import { FORKS_STEP, SUPERSEDED_STEP } from './forks.step.js';

const COUNTED: readonly string[] = ['chat_sessions', 'chat_messages', 'turns'];
const ELSEWHERE = 'messages of other branches';

/** A session is a tree: answers that were made anew become branches, which a session says where they fork. */
export const BRANCHES: Migration = {
  version: 2,
  name: 'branches of sessions',
  steps: [FORKS_STEP, SUPERSEDED_STEP],
  check: () => Promise.resolve(),
  plan: () => Promise.resolve([]),
  takeStock,
  prove,
};

async function takeStock({ db }: MigrationContext): Promise<Stock> {
  const stock: Record<string, number> = { [ELSEWHERE]: 0 };
  for (const name of COUNTED) stock[name] = await rawCollection(db, name).countDocuments({});
  const several = rawCollection(db, 'chat_sessions').find(
    { supersededCount: { $gt: 0 } },
    { projection: { messageCount: 1, supersededCount: 1, forks: 1 } },
  );
  let elsewhere = 0;
  for await (const { messageCount, supersededCount, forks } of several)
    elsewhere +=
      forks === undefined
        ? Number(supersededCount)
        : countElsewhere(Number(messageCount), forks as readonly Fork[]);
  return { ...stock, [ELSEWHERE]: elsewhere };
}

/** Nothing is lost, and what was shown of each session still is. */
function prove(before: Stock, after: Stock): readonly ProofLine[] {
  return [...COUNTED, ELSEWHERE].map((what) => {
    const [was, is] = [before[what] ?? 0, after[what] ?? 0];
    return { what, before: was, after: is, holds: was === is };
  });
}
