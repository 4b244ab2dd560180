import mongoose, { type mongo } from 'mongoose';
import { MODELS } from '../../src/persistence/models.js';
import { findMisfits } from '../support/misfits.js';
import { COLLECTIONS_WITHOUT_MODEL } from '../support/without-model.js';
import { connectionOptions } from '../../src/persistence/connection-options.js';
import { startBuiltDatabase } from './built-database.js';
import type { Violations } from './violations.js';
import { wordsIn } from './words.js';

type Row = Record<string, unknown> & { readonly _id: string };

const LAST = ['completed', 'failed', 'stopped', 'interrupted'];
const KEEPS_MESSAGES = ['completed', 'stopped', 'interrupted'];

/** What was written past Mongoose, by turns that were killed anywhere, is what the schemas say. */
async function checkSchemas(connection: mongoose.Connection, violations: Violations): Promise<void> {
  for (const { name, schema } of MODELS) connection.model(name, schema);
  for (const misfit of await findMisfits(connection, COLLECTIONS_WITHOUT_MODEL))
    violations.add('other', 'document and schema differ', misfit);
}

/** Looks at everything that is stored, also at turns that no client ever heard of. */
export class DatabaseChecks {
  private constructor(
    private readonly database: mongo.Db,
    private readonly deletedWords: ReadonlySet<string>,
    private readonly violations: Violations,
  ) {}

  /**
   * @param main the server's main file, whose build of the embedded database is used
   * @param dataDir a stopped server's data
   * @param deletedWords words of which nothing may be left
   */
  static async run(
    main: string,
    dataDir: string,
    deletedWords: ReadonlySet<string>,
    violations: Violations,
  ): Promise<{ readonly turns: number }> {
    const server = await startBuiltDatabase(main, dataDir);
    const connection = await mongoose.createConnection(server.uri, connectionOptions(server.uri)).asPromise();
    try {
      if (connection.db === undefined) throw new Error('The connection has no database');
      await checkSchemas(connection, violations);
      return await new DatabaseChecks(connection.db, deletedWords, violations).runAll();
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
    // The mark of a turn that was never opened, so that it can't be any more.
    const opened = turns.filter(
      ({ deletedAt, settlement }) => deletedAt === undefined || settlement !== undefined,
    );
    this.checkTurns(opened, groupBy(uniqueById(entries), 'turnId'), groupBy(messages, 'turnId'));
    this.checkRepeats(
      'ledger row of a turn and kind',
      rows,
      ['turnId', 'kind'],
      ({ turnId }) => turnId !== undefined,
    );
    this.checkRepeats('message of a turn and role', messages, ['turnId', 'role']);
    this.checkRepeats('position of a session', messages, ['userId', 'sessionId', 'position']);
    this.checkRepeats('turn of a key', turns, ['userId', 'keyHash'], (turn) => 'keyHash' in turn);
    this.checkSessions(sessions, groupBy(messages.map(withSessionKey), 'session'));
    this.checkOwners(sessions, opened, await this.all('upstream_conversations'));
    await this.checkDeletedWords();
    const pieces = await this.all('turn_checkpoints');
    if (pieces.length > 0)
      this.violations.add('other', `${pieces.length} checkpoints were left behind`, pieces[0]);
    return { turns: opened.length };
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
      if (turn.kind === 'deletion') {
        this.violations.add('other', 'a deletion was left half-way', facts);
        continue;
      }
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
      const isStored = settlement.stores && turn.deletedAt === undefined;
      if (roles.join() !== (isStored ? 'assistant,user' : ''))
        this.violations.add('lost', 'the messages are not what was decided', facts);
      if (settlement.stores && !KEEPS_MESSAGES.includes(String(turn.status)))
        this.violations.add('other', 'a failed turn keeps messages', facts);
      const keepsAnswer = !settlement.stores && turn.deletedAt === undefined;
      if ((settlement.answer !== undefined && !keepsAnswer) || turn.lease !== undefined)
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

  /** What there is of a session is there as a whole: turns, messages and the upstream's memory without one are nobody's to delete. */
  private checkOwners(sessions: readonly Row[], turns: readonly Row[], conversations: readonly Row[]): void {
    const known = new Set(sessions.map(sessionKeyOf));
    const byId = new Map(turns.map((turn) => [turn._id, turn]));
    for (const turn of turns)
      if (turn.deletedAt === undefined && !known.has(sessionKeyOf(turn)))
        this.violations.add('lost', 'a turn without its session', turn);
    for (const session of sessions)
      if (byId.get(String(session.lastTurnId))?.deletedAt !== undefined)
        this.violations.add('leak', 'a session that was deleted', session);
    for (const conversation of conversations)
      if (conversation.state !== 'forgotten' && !known.has(sessionKeyOf(conversation)))
        this.violations.add('leak', 'a memory that nobody will have forgotten', conversation);
  }

  private async checkDeletedWords(): Promise<void> {
    for (const { name } of await this.database.listCollections().toArray())
      for (const row of await this.all(name))
        if (wordsIn(JSON.stringify(row)).some(({ question }) => this.deletedWords.has(question)))
          this.violations.add('leak', `deleted words are left in ${name}`, row);
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

/** Session ids are their users' own. */
function sessionKeyOf({ userId, sessionId }: Row): string {
  return `${encodeURIComponent(String(userId))}/${String(sessionId)}`;
}

function withSessionKey(row: Row): Row {
  return { ...row, session: sessionKeyOf(row) };
}

function groupBy(rows: readonly Row[], field: string): ReadonlyMap<unknown, Row[]> {
  const groups = new Map<unknown, Row[]>();
  for (const row of rows) groups.set(row[field], [...(groups.get(row[field]) ?? []), row]);
  return groups;
}
