import { documentOf, int32 } from '../bson/values.js';
import { failedToParse } from '../errors.js';
import { writes, type Command } from './context.js';
import { deleteOf, updateOf } from './writes.js';

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

export const findAndModifyCommands: Record<string, Command> = { findAndModify };
