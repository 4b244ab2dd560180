import { join, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import mongoose, { type mongo } from 'mongoose';
import type { EmbeddedDatabase } from '../../src/embedded/index.js';
import { connectionOptions } from '../../src/persistence/connection-options.js';
import type { Violations } from './violations.js';

type Row = Record<string, unknown> & { readonly _id: string };

const LAST = ['completed', 'failed', 'stopped', 'interrupted'];
const KEEPS_MESSAGES = ['completed', 'stopped', 'interrupted'];

/** Looks at everything that is stored, also at turns that no client ever heard of. */
export class DatabaseChecks {
  private constructor(
    private readonly database: mongo.Db,
    private readonly violations: Violations,
  ) {}

  /** @param main the server's main file, whose build of the embedded database is used @param dataDir a stopped server's data */
  static async run(
    main: string,
    dataDir: string,
    violations: Violations,
  ): Promise<{ readonly turns: number }> {
    const embedded = (await import(pathToFileURL(join(dirname(main), 'embedded/index.js')).href)) as {
      startEmbeddedDatabase(options: { dataDir: string }): Promise<EmbeddedDatabase>;
    };
    const server = await embedded.startEmbeddedDatabase({ dataDir });
    const connection = await mongoose.createConnection(server.uri, connectionOptions(server.uri)).asPromise();
    try {
      if (connection.db === undefined) throw new Error('The connection has no database');
      return await new DatabaseChecks(connection.db, violations).runAll();
    } finally {
      await connection.close();
      await server.close();
    }
  }

  private async runAll(): Promise<{ readonly turns: number }> {
    const turns = await this.all('turns');
    const rows = await this.all('credit_transactions');
    const accounts = await this.all('credit_accounts');
    const messages = await this.all('chat_messages');
    const sessions = await this.all('chat_sessions');
    this.checkAccounts(accounts);
    const entries = [...rows, ...accounts.flatMap(({ outbox }) => outbox as Row[])];
    this.checkTurns(turns, groupBy(uniqueById(entries), 'turnId'), groupBy(messages, 'turnId'));
    this.checkRepeats(
      'ledger row of a turn and kind',
      rows,
      ['turnId', 'kind'],
      ({ turnId }) => turnId !== undefined,
    );
    this.checkRepeats('message of a turn and role', messages, ['turnId', 'role']);
    this.checkRepeats('position of a session', messages, ['sessionId', 'position']);
    this.checkRepeats(
      'turn of a key',
      turns,
      ['userId', 'idempotencyKey'],
      (turn) => 'idempotencyKey' in turn,
    );
    this.checkSessions(sessions, groupBy(messages, 'sessionId'));
    const pieces = await this.all('turn_checkpoints');
    if (pieces.length > 0)
      this.violations.add('other', `${pieces.length} checkpoints were left behind`, pieces[0]);
    return { turns: turns.length };
  }

  private checkAccounts(accounts: readonly Row[]): void {
    for (const { _id, holds } of accounts)
      if ((holds as unknown[]).length > 0) this.violations.add('stuck hold', `account ${_id} holds`, holds);
  }

  private checkTurns(
    turns: readonly Row[],
    rows: ReadonlyMap<unknown, Row[]>,
    messages: ReadonlyMap<unknown, Row[]>,
  ): void {
    for (const turn of turns) {
      const settlement = turn.settlement as { charge: string; stores: boolean; answer?: unknown } | undefined;
      const kinds = (rows.get(turn._id) ?? []).map(({ kind }) => String(kind)).sort();
      const roles = (messages.get(turn._id) ?? []).map(({ role }) => String(role)).sort();
      const facts = { turn, kinds, roles };
      if (!LAST.includes(String(turn.status)) || settlement === undefined) {
        this.violations.add('stuck hold', 'a turn is still running', facts);
        continue;
      }
      // A turn that died before its hold has nothing to release.
      const neverHeld = kinds.length === 0 && turn.status === 'interrupted' && turn.charged === 0;
      if (!neverHeld && kinds.join() !== [settlement.charge, 'hold'].sort().join())
        this.violations.add('double charge', 'the ledger does not say what was decided', facts);
      if (turn.charged !== (settlement.charge === 'capture' ? turn.price : 0))
        this.violations.add('other', 'the turn tells another charge than was decided', facts);
      if (roles.join() !== (settlement.stores ? 'assistant,user' : ''))
        this.violations.add('lost', 'the messages are not what was decided', facts);
      if (settlement.stores && !KEEPS_MESSAGES.includes(String(turn.status)))
        this.violations.add('other', 'a failed turn keeps messages', facts);
      if (settlement.answer !== undefined || turn.lease !== undefined)
        this.violations.add('other', 'an ended turn still carries its lease or its answer', facts);
    }
  }

  private checkSessions(sessions: readonly Row[], messages: ReadonlyMap<unknown, Row[]>): void {
    for (const session of sessions) {
      const positions = (messages.get(session._id) ?? []).map(({ position }) => Number(position));
      positions.sort((a, b) => a - b);
      if (
        positions.some((position, index) => position !== index) ||
        positions.length !== session.messageCount
      )
        this.violations.add('duplicate', 'positions of a session have gaps, or it counts wrong', {
          session,
          positions,
        });
    }
    const known = new Set(sessions.map(({ _id }) => _id));
    for (const sessionId of messages.keys())
      if (!known.has(String(sessionId)))
        this.violations.add('lost', `session ${String(sessionId)} is missing`);
  }

  private checkRepeats(
    what: string,
    rows: readonly Row[],
    fields: readonly string[],
    counts: (row: Row) => boolean = () => true,
  ): void {
    const seen = new Set<string>();
    for (const row of rows.filter(counts)) {
      const key = fields.map((field) => String(row[field])).join(' ');
      if (seen.has(key)) this.violations.add('duplicate', `a second ${what}`, row);
      seen.add(key);
    }
  }

  private async all(collection: string): Promise<Row[]> {
    return (await this.database.collection(collection).find({}).toArray()) as unknown as Row[];
  }
}

/** An entry may stand in the outbox and, moved already, in the ledger. */
function uniqueById(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [row._id, row])).values()];
}

function groupBy(rows: readonly Row[], field: string): ReadonlyMap<unknown, Row[]> {
  const groups = new Map<unknown, Row[]>();
  for (const row of rows) groups.set(row[field], [...(groups.get(row[field]) ?? []), row]);
  return groups;
}
