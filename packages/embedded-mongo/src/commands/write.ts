import { documentOf, int32, type Value } from '../bson/values.js';
import { CommandError } from '../errors.js';
import { withId } from '../engine/update/upsert.js';
import type { Command } from './context.js';
import {
  isRefusalOfOne,
  parseDeleteStatement,
  parsedOrError,
  parseUpdateStatement,
  runDelete,
  runUpdate,
  statements,
} from './write-statements.js';

/** Runs the statements in order; one that is refused is reported and, when `ordered`, the last one tried. */
function runEach<T>(items: readonly T[], ordered: boolean, run: (item: T, index: number) => void): Value[] {
  const errors: Value[] = [];
  for (const [index, item] of items.entries()) {
    try {
      run(item, index);
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
  return errors;
}

const insert: Command = {
  writes: true,
  run: (context, args) => {
    const name = args.string('insert');
    const ordered = args.flag('ordered', true);
    args.writeConcern();
    args.ignore('bypassDocumentValidation', 'maxTimeMS');
    const documents = statements(context, args, 'documents');
    args.finish();
    let n = 0;
    const prepared = documents.map((given) => parsedOrError(() => withId(given)));
    const writeErrors = runEach(prepared, ordered, (document) => {
      if (document instanceof CommandError) throw document;
      context.catalog.ensure(context.database, name).insert(document);
      n++;
    });
    return documentOf({ n: int32(n), writeErrors: writeErrors.length > 0 ? writeErrors : undefined });
  },
};

const update: Command = {
  writes: true,
  run: (context, args) => {
    const name = args.string('update');
    const ordered = args.flag('ordered', true);
    args.writeConcern();
    args.ignore('bypassDocumentValidation', 'maxTimeMS');
    args.refuseUnlessFalsy('let');
    const updates = statements(context, args, 'updates');
    args.finish();
    // All statements are understood before the first one writes: what is not supported must leave nothing behind.
    const parsed = updates.map((statement) => parsedOrError(() => parseUpdateStatement(statement)));
    const totals = { n: 0, modified: 0 };
    const upserted: Value[] = [];
    const writeErrors = runEach(parsed, ordered, (statement, index) => {
      if (statement instanceof CommandError) throw statement;
      const id = runUpdate(context, name, statement, totals);
      if (id !== undefined) upserted.push(documentOf({ index: int32(index), _id: id }));
    });
    return documentOf({
      n: int32(totals.n),
      upserted: upserted.length > 0 ? upserted : undefined,
      nModified: int32(totals.modified),
      writeErrors: writeErrors.length > 0 ? writeErrors : undefined,
    });
  },
};

const deleteCommand: Command = {
  writes: true,
  run: (context, args) => {
    const collection = context.catalog.find(context.database, args.string('delete'));
    const ordered = args.flag('ordered', true);
    args.writeConcern();
    args.ignore('maxTimeMS');
    args.refuseUnlessFalsy('let');
    const deletes = statements(context, args, 'deletes');
    args.finish();
    const parsed = deletes.map((statement) => parsedOrError(() => parseDeleteStatement(statement)));
    let n = 0;
    const writeErrors = runEach(parsed, ordered, (statement) => {
      if (statement instanceof CommandError) throw statement;
      n += runDelete(collection, statement);
    });
    return documentOf({ n: int32(n), writeErrors: writeErrors.length > 0 ? writeErrors : undefined });
  },
};

export const writeCommands: Record<string, Command> = { insert, update, delete: deleteCommand };
