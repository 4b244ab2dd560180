import { documentOf, int32, type Document, type Value } from '../bson/values.js';
import type { CommandError } from '../errors.js';
import type { Command } from './context.js';
import { deleteOf, insertOf, runWrites, statements, updateOf, type Target, type Write } from './writes.js';

/** @param field that holds the statements @param replyOf what the command says beside `n` and its refusals */
function writing(
  name: string,
  field: string,
  parse: (target: Target, statement: Document) => Write,
  replyOf: (modified: number, upserted: Value[]) => Record<string, Value | undefined> = () => ({}),
): Command {
  return {
    writes: true,
    options: [field, 'ordered'],
    run: (context, args) => {
      const target = { ...context, collection: args.string(name) };
      let n = 0;
      let modified = 0;
      const upserted: Value[] = [];
      const writeErrors: Value[] = [];
      runWrites(
        statements(context, args, field),
        args.flag('ordered', true),
        (statement) => parse(target, statement),
        {
          done: (result, index) => {
            n += result.n;
            modified += result.modified ?? 0;
            if (result.upserted !== undefined)
              upserted.push(documentOf({ index: int32(index), _id: result.upserted }));
          },
          refused: (error, index) => writeErrors.push(refusal(error, index)),
        },
      );
      return documentOf({
        n: int32(n),
        ...replyOf(modified, upserted),
        writeErrors: writeErrors.length > 0 ? writeErrors : undefined,
      });
    },
  };
}

function refusal({ code, extra, message }: CommandError, index: number): Document {
  return new Map<string, Value>([
    ['index', int32(index)],
    ['code', int32(code)],
    ...(extra ?? []),
    ['errmsg', message],
  ]);
}

export const writeCommands: Record<string, Command> = {
  insert: writing('insert', 'documents', insertOf),
  update: writing('update', 'updates', updateOf, (modified, upserted) => ({
    upserted: upserted.length > 0 ? upserted : undefined,
    nModified: int32(modified),
  })),
  delete: writing('delete', 'deletes', deleteOf),
};
