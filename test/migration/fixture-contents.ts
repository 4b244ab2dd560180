interface Line {
  readonly collection: string;
  readonly document?: Record<string, unknown>;
}

/** What a fixture must hold so that the tests test something. */
export interface Wanted {
  readonly turns: number;
  readonly users: number;
  readonly collections: readonly string[];
  /** Threads of sessions in which every turn failed. */
  readonly threadsWithoutSession?: boolean;
}

/** @throws Error when the export lacks something */
export function assertHolds(text: string, wanted: Wanted): void {
  const documents = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .filter(({ document }) => document !== undefined);
  const of = (collection: string): Record<string, unknown>[] =>
    documents.filter((line) => line.collection === collection).map(({ document }) => document ?? {});
  const length = (value: unknown): number => (Array.isArray(value) ? value.length : 0);
  const accounts = of('credit_accounts');
  const facts = {
    turns: of('turns').length,
    statuses: [...new Set(of('turns').map(({ status }) => String(status)))].sort().join(),
    running: of('turns').filter(({ status }) => status === 'running').length,
    decided: of('turns').filter(({ status, settlement }) => status === 'running' && settlement !== undefined)
      .length,
    accounts: accounts.length,
    holds: accounts.reduce((sum, { holds }) => sum + length(holds), 0),
    outbox: accounts.reduce((sum, { outbox }) => sum + length(outbox), 0),
    keys: of('turns').filter(({ idempotencyKey }) => idempotencyKey !== undefined).length,
    lonelyThreads: of('storm_threads').filter(
      ({ sessionId }) => !of('chat_sessions').some((session) => session.sessionId === sessionId),
    ).length,
    empty: wanted.collections.filter((name) => of(name).length === 0),
  };
  process.stdout.write(`${JSON.stringify(facts)}\n`);
  const complete =
    facts.turns >= wanted.turns &&
    facts.accounts >= wanted.users &&
    Math.min(facts.running, facts.decided, facts.holds, facts.outbox, facts.keys) > 0 &&
    (facts.lonelyThreads > 0 || wanted.threadsWithoutSession !== true) &&
    facts.empty.length === 0;
  if (!complete) throw new Error('The fixture lacks something: make it again.');
}
