import { documentOf, int32, isDocument, type Document, type Value } from '../bson/values.js';
import { CODES, CommandError, unsupported } from '../errors.js';
import { aggregateCommands } from './aggregate.js';
import { Arguments } from './arguments.js';
import { bulkWriteCommands } from './bulk-write.js';
import type { Command, CommandContext } from './context.js';
import { explainCommands } from './explain.js';
import { findAndModifyCommands } from './find-and-modify.js';
import { readCommands } from './read.js';
import { schemaCommands } from './schema.js';
import { statusCommands } from './server-status.js';
import { writeCommands } from './write.js';

/** The commands there are. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...statusCommands,
  ...readCommands,
  ...explainCommands,
  ...writeCommands,
  ...bulkWriteCommands,
  ...findAndModifyCommands,
  ...aggregateCommands,
  ...schemaCommands,
};

/** What any command may carry: on one node, where everything that is acknowledged is durable, it changes nothing. */
export const COMMON_OPTIONS = ['$db', 'lsid', '$readPreference', 'writeConcern'] as const;

const OPTIONS = new Map(
  Object.entries(COMMANDS).map(([name, { options }]) => [
    name,
    new Set([name, ...COMMON_OPTIONS, ...options]),
  ]),
);

/** The command a body names in its first field. @throws CommandError 115 for commands outside the subset and transactions */
export function commandOf(body: Document): { name: string; command: Command } {
  const [name = ''] = body.keys();
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw unsupported(`the command '${name}'`);
  if (body.has('startTransaction') || body.has('autocommit') || body.has('txnNumber'))
    throw unsupported('transactions');
  return { name, command };
}

/** Runs one command. @throws CommandError what the client is told */
export function runCommand(
  command: Command,
  name: string,
  body: Document,
  context: CommandContext,
): Document {
  assertWriteConcern(body.get('writeConcern'));
  const args = new Arguments(body, name, OPTIONS.get(name) ?? new Set());
  return new Map([...command.run(context, args), ['ok', 1]]);
}

/** @throws CommandError 115 for an acknowledgement by more nodes than there are */
function assertWriteConcern(concern: Value | undefined): void {
  const w = isDocument(concern) ? concern.get('w') : undefined;
  if (w !== undefined && w !== 'majority' && w !== int32(1) && w !== int32(0))
    throw unsupported('this write concern');
}

/** The reply that carries a refusal. Unknown failures are told as such, without their inner workings. */
export function errorReply(error: unknown): Document {
  const known = error instanceof CommandError;
  const fields = documentOf({
    ok: 0,
    errmsg: error instanceof Error ? error.message : 'unknown failure',
    code: int32(known ? error.code : CODES.InternalError),
    codeName: known ? error.codeName : 'InternalError',
  });
  return new Map([...fields, ...(known ? (error.extra ?? []) : [])]);
}
