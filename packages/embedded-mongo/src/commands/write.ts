import { documentOf, int32, type Document, type Value } from '../bson/values.js';
import { CommandError, failedToParse } from '../errors.js';
import { writes, type Command } from './context.js';
import { deleteOf, insertOf, runWrites, statements, updateOf, type Target, type Write } from './writes.js';

/** @param field that holds the statements */
function writing(
  name: string,
  field: string,
  parse: (target: Target, statement: Document) => Write,
): Command {
  return writes([field, 'ordered'], (context, args) => {
    const target = { ...context, collection: args.string(name) };
    let [n, modified] = [0, 0];
    const [upserted, writeErrors]: [Value[], Value[]] = [[], []];
    const outcomes = runWrites(statements(args, field), args.flag('ordered', true), (statement) =>
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
  });
}

/** Changes or removes the first document that it finds and answers it as it was before, or after with `new`. */
const findAndModify = writes(['query', 'update', 'remove', 'new', 'upsert'], (context, args) => {
  const target = { ...context, collection: args.string('findAndModify') };
  const [q, u] = [args.document('query'), args.value('update')];
  const [remove, returnNew, upsert] = [args.flag('remove'), args.flag('new'), args.flag('upsert')];
  if (remove ? u !== undefined || returnNew || upsert : u === undefined)
    throw failedToParse('Either an update or remove=true must be specified, not both');
  const write = remove
    ? deleteOf(target, documentOf({ q, limit: int32(1) }))
    : updateOf(target, documentOf({ q, u, upsert }));
  const { n, before, after, upserted } = write();
  const updatedExisting = remove ? undefined : before !== undefined;
  return documentOf({
    lastErrorObject: documentOf({ n: int32(n), updatedExisting, upserted }),
    value: (returnNew ? after : before) ?? null,
  });
});

export const writeCommands: Record<string, Command> = {
  insert: writing('insert', 'documents', insertOf),
  update: writing('update', 'updates', updateOf),
  delete: writing('delete', 'deletes', deleteOf),
  findAndModify,
};
