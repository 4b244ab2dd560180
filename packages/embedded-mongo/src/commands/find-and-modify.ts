import { encodeDocument } from '../bson/encode.js';
import { documentOf, int32, RawDocument, type Document } from '../bson/values.js';
import { CommandError } from '../errors.js';
import { parseFilter } from '../engine/filter/parse.js';
import { parseProjection } from '../engine/projection.js';
import { parseSort } from '../engine/sort.js';
import { parseUpdate } from '../engine/update/parse.js';
import { upsertDocument } from '../engine/update/upsert.js';
import type { Command } from './context.js';
import { select } from './query.js';
import { changeOne } from './write-statements.js';

const NOTHING: Document = new Map();

/** Changes or removes the first document in the sort order and answers it as it was before, or after with `new`. */
const findAndModify: Command = {
  writes: true,
  run: (context, args) => {
    const name =
      args.value('findAndModify') === undefined ? args.string('findandmodify') : args.string('findAndModify');
    const query = args.document('query') ?? NOTHING;
    const filter = parseFilter(query);
    const sort = parseSort(args.document('sort') ?? NOTHING);
    const project = parseProjection(args.document('fields') ?? NOTHING, 'find');
    const remove = args.flag('remove');
    const returnNew = args.flag('new');
    const upsert = args.flag('upsert');
    const hint = args.value('hint');
    const given = args.value('update');
    const arrayFilters = args.value('arrayFilters');
    args.writeConcern();
    args.simpleCollation();
    args.ignore('bypassDocumentValidation', 'maxTimeMS');
    args.refuseUnlessFalsy('let');
    args.finish();
    const failed = (message: string): CommandError => new CommandError('FailedToParse', message);
    if (remove && given !== undefined) throw failed('Cannot specify both an update and remove=true');
    if (remove && upsert) throw failed('Cannot specify both upsert=true and remove=true');
    if (remove && returnNew)
      throw failed(
        "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document",
      );
    if (!remove && given === undefined) throw failed('Either an update or remove=true must be specified');
    const update = remove ? undefined : parseUpdate(given ?? null, arrayFilters);
    const shape = (document: Document): Document => (project ? project(document) : document);

    const existing = context.catalog.find(context.database, name);
    const [found] = existing ? select(existing, { filter, sort, hint, limit: 1 }) : [];
    if (existing && found) {
      if (!update) {
        existing.delete(found);
        return answer(documentOf({ n: int32(1) }), new RawDocument(encodeDocument(shape(found.document))));
      }
      const before = encodeDocument(shape(found.document));
      const { document } = changeOne(existing, found, filter, update);
      const value = returnNew ? encodeDocument(shape(document)) : before;
      return answer(documentOf({ n: int32(1), updatedExisting: true }), new RawDocument(value));
    }
    if (!update) return answer(documentOf({ n: int32(0) }), null);
    if (!upsert) return answer(documentOf({ n: int32(0), updatedExisting: false }), null);
    const document = upsertDocument(query, update);
    context.catalog.ensure(context.database, name).insert(document);
    const last = documentOf({ n: int32(1), updatedExisting: false, upserted: document.get('_id') });
    return answer(last, returnNew ? new RawDocument(encodeDocument(shape(document))) : null);
  },
};

function answer(lastErrorObject: Document, value: RawDocument | null): Document {
  return documentOf({ lastErrorObject, value });
}

export const findAndModifyCommands: Record<string, Command> = { findAndModify, findandmodify: findAndModify };
