import type { Document } from '../bson/values.js';
import { CODES, CommandError, unsupported } from '../errors.js';
import { documentOf, int32 } from '../bson/values.js';
import { Arguments } from './arguments.js';
import { aggregateCommands } from './aggregate.js';
import type { Command, CommandContext } from './context.js';
import { bulkWriteCommands } from './bulk-write.js';
import { explainCommands } from './explain.js';
import { findAndModifyCommands } from './find-and-modify.js';
import { readCommands } from './read.js';
import { schemaCommands } from './schema.js';
import { statusCommands } from './server-status.js';
import { writeCommands } from './write.js';

const COMMANDS = new Map<string, Command>(
  [
    statusCommands,
    readCommands,
    explainCommands,
    writeCommands,
    bulkWriteCommands,
    findAndModifyCommands,
    aggregateCommands,
    schemaCommands,
  ].flatMap((family) => Object.entries(family)),
);

/** The command a body names in its first field. @throws CommandError 115 for commands outside the subset and transactions */
export function commandOf(body: Document): { name: string; command: Command } {
  const [name = ''] = body.keys();
  const command = COMMANDS.get(name);
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
  const args = new Arguments(body, name);
  return new Map([...command.run(context, args), ['ok', 1]]);
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
