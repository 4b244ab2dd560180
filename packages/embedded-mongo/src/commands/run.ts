import { int32, type Document } from '../bson/values.js';
import { CommandError, known, unsupported } from '../errors.js';
import { aggregate } from './aggregate.js';
import { Arguments } from '../engine/arguments.js';
import { bulkWrite } from './bulk-write.js';
import type { Command, CommandContext } from './context.js';
import { explain } from './explain.js';
import { readCommands } from './read.js';
import { schemaCommands } from './schema.js';
import { statusCommands } from './server-status.js';
import { writeCommands } from './write.js';

/** The commands there are. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  aggregate,
  bulkWrite,
  explain,
  ...statusCommands,
  ...readCommands,
  ...writeCommands,
  ...schemaCommands,
};

/** What any command may carry: on one node, where everything that is acknowledged is durable, it changes nothing. */
export const COMMON_OPTIONS = ['$db', 'lsid', '$readPreference', 'writeConcern'] as const;

/**
 * Runs the command that a body names in its first field.
 * @param atomically undoes what its work has done when that throws
 * @throws CommandError what the client is told; 115 for commands outside the subset and transactions
 */
export function runCommand(
  body: Document,
  context: CommandContext,
  atomically: (work: () => Document) => Document,
): Document {
  const [name = ''] = body.keys();
  const { writes, options, run } = known(COMMANDS, 'command', name);
  if (body.has('startTransaction') || body.has('autocommit') || body.has('txnNumber'))
    throw unsupported('transactions');
  const args = new Arguments(body, name, [name, ...COMMON_OPTIONS, ...options]);
  const w = args.document('writeConcern').get('w');
  // An acknowledgement by more nodes than there are.
  if (w !== undefined && w !== 'majority' && w !== int32(1) && w !== int32(0))
    throw unsupported('this write concern');
  const reply = writes ? atomically(() => run(context, args)) : run(context, args);
  return new Map([...reply, ['ok', 1]]);
}

/** The reply that carries a refusal. Unknown failures are told as such, without their inner workings. */
export function errorReply(error: unknown): Document {
  const message = error instanceof Error ? error.message : 'unknown failure';
  const refusal = error instanceof CommandError ? error : new CommandError('InternalError', message);
  return new Map([['ok', 0], ...refusal.fields()]);
}
