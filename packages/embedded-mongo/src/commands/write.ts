import { documentOf, int32, type Document, type Value } from '../bson/values.js';
import { withId } from '../engine/update/upsert.js';
import { CommandError } from '../errors.js';
import type { Arguments } from './arguments.js';
import type { Command, CommandContext } from './context.js';
import {
  isRefusalOfOne,
  parseDeleteStatement,
  parsedOrError,
  parseUpdateStatement,
  runDelete,
  runUpdate,
  statements,
} from './write-statements.js';

/**
 * Understands all statements before the first one writes, because what is not supported must leave nothing behind; then runs them in order. One that
 * is refused is reported and, when `ordered`, the last one tried.
 */
function runEach<T>(
  context: CommandContext,
  args: Arguments,
  field: string,
  parse: (given: Document) => T,
  run: (statement: T, index: number) => void,
): Value[] | undefined {
  const ordered = args.flag('ordered', true);
  const parsed = statements(context, args, field).map((given) => parsedOrError(() => parse(given)));
  const errors: Value[] = [];
  for (const [index, statement] of parsed.entries()) {
    try {
      if (statement instanceof CommandError) throw statement;
      run(statement, index);
    } catch (error) {
      if (!isRefusalOfOne(error)) throw error;
      errors.push(
        new Map<string, Value>([
          ['index', int32(index)],
          ['code', int32(error.code)],
          ...(error.extra ?? []),
          ['errmsg', error.message],
        ]),
      );
      if (ordered) break;
    }
  }
  return errors.length > 0 ? errors : undefined;
}

const insert: Command = {
  writes: true,
  options: ['documents', 'ordered'],
  run: (context, args) => {
    const name = args.string('insert');
    let n = 0;
    const writeErrors = runEach(context, args, 'documents', withId, (document) => {
      context.catalog.ensure(context.database, name).insert(document);
      n++;
    });
    return documentOf({ n: int32(n), writeErrors });
  },
};

const update: Command = {
  writes: true,
  options: ['updates', 'ordered'],
  run: (context, args) => {
    const name = args.string('update');
    const upserted: Value[] = [];
    let n = 0;
    let nModified = 0;
    const writeErrors = runEach(context, args, 'updates', parseUpdateStatement, (statement, index) => {
      const done = runUpdate(context.catalog, context.database, name, statement);
      n += done.matched;
      nModified += done.modified;
      if (done.upserted !== undefined) upserted.push(documentOf({ index: int32(index), _id: done.upserted }));
    });
    return documentOf({
      n: int32(n + upserted.length),
      upserted: upserted.length > 0 ? upserted : undefined,
      nModified: int32(nModified),
      writeErrors,
    });
  },
};

const deleteCommand: Command = {
  writes: true,
  options: ['deletes', 'ordered'],
  run: (context, args) => {
    const collection = context.catalog.find(context.database, args.string('delete'));
    let n = 0;
    const writeErrors = runEach(context, args, 'deletes', parseDeleteStatement, (statement) => {
      n += runDelete(collection, statement);
    });
    return documentOf({ n: int32(n), writeErrors });
  },
};

export const writeCommands: Record<string, Command> = { insert, update, delete: deleteCommand };
