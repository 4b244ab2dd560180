import { documentOf, int32, type Document, type Value } from '../bson/values.js';
import { parseFilter } from '../engine/filter/parse.js';
import { applyUpdate } from '../engine/update/apply.js';
import { parseUpdate } from '../engine/update/parse.js';
import { upsertDocument } from '../engine/update/upsert.js';
import { CommandError } from '../errors.js';
import type { Command } from './context.js';
import { select } from './query.js';

/** Changes or removes the first document that it finds and answers it as it was before, or after with `new`. */
const findAndModify: Command = {
  writes: true,
  options: ['query', 'update', 'remove', 'new', 'upsert'],
  run: (context, args) => {
    const name = args.string('findAndModify');
    const query = args.document('query');
    const filter = parseFilter(query);
    const [remove, returnNew, upsert] = [args.flag('remove'), args.flag('new'), args.flag('upsert')];
    const given = args.value('update');
    if (remove === (given !== undefined))
      throw new CommandError('FailedToParse', 'Either an update or remove=true must be specified, not both');
    if (remove && (upsert || returnNew))
      throw new CommandError('FailedToParse', 'Cannot specify upsert=true or new=true with remove=true');
    const update = remove ? undefined : parseUpdate(given);

    const existing = context.catalog.find(context.database, name);
    const [found] = existing ? select(existing, { filter, limit: 1 }) : [];
    if (existing && found) {
      if (!update) {
        existing.delete(found);
        return answer({ n: int32(1) }, found.document);
      }
      const document = applyUpdate(found.document, update, false);
      existing.replace(found, document);
      return answer({ n: int32(1), updatedExisting: true }, returnNew ? document : found.document);
    }
    if (!update) return answer({ n: int32(0) }, null);
    if (!upsert) return answer({ n: int32(0), updatedExisting: false }, null);
    const document = upsertDocument(query, update);
    context.catalog.ensure(context.database, name).insert(document);
    const last = { n: int32(1), updatedExisting: false, upserted: document.get('_id') };
    return answer(last, returnNew ? document : null);
  },
};

function answer(lastErrorObject: Record<string, Value | undefined>, value: Document | null): Document {
  return documentOf({ lastErrorObject: documentOf(lastErrorObject), value });
}

export const findAndModifyCommands: Record<string, Command> = { findAndModify };
