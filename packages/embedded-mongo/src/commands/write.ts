import { documentOf, int32, type Document, type Value } from '../bson/values.js';
import { CommandError } from '../errors.js';
import type { Command } from './context.js';
import { deleteOf, insertOf, runWrites, statements, updateOf, type Target, type Write } from './writes.js';

/** @param field that holds the statements */
function writing(
  name: string,
  field: string,
  parse: (target: Target, statement: Document) => Write,
): Command {
  return {
    writes: true,
    options: [field, 'ordered'],
    run: (context, args) => {
      const target = { ...context, collection: args.string(name) };
      let [n, modified] = [0, 0];
      const [upserted, writeErrors]: [Value[], Value[]] = [[], []];
      const outcomes = runWrites(statements(context, args, field), args.flag('ordered', true), (statement) =>
        parse(target, statement),
      );
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome instanceof CommandError) {
          writeErrors.push(new Map([['index', int32(index)], ...outcome.fields()]));
          continue;
        }
        n += outcome.n;
        modified += outcome.modified ?? 0;
        if (outcome.upserted !== undefined)
          upserted.push(documentOf({ index: int32(index), _id: outcome.upserted }));
      }
      return documentOf({
        n: int32(n),
        nModified: name === 'update' ? int32(modified) : undefined,
        upserted: upserted.length > 0 ? upserted : undefined,
        writeErrors: writeErrors.length > 0 ? writeErrors : undefined,
      });
    },
  };
}

export const writeCommands: Record<string, Command> = {
  insert: writing('insert', 'documents', insertOf),
  update: writing('update', 'updates', updateOf),
  delete: writing('delete', 'deletes', deleteOf),
};
