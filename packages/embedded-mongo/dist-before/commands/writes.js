import { decodeDocument } from '../bson/decode.js';
import { parseFilter } from '../engine/filter/parse.js';
import { applyUpdate } from '../engine/update/apply.js';
import { parseUpdate } from '../engine/update/parse.js';
import { upsertDocument, withId } from '../engine/update/upsert.js';
import { CommandError, WriteFailedError, failedToParse } from '../errors.js';
import { MAX_WRITE_BATCH } from '../limits.js';
import { Arguments } from '../engine/arguments.js';
import { select } from './query.js';
/** What the statements of updates and deletes may say. */
export const UPDATE_OPTIONS = ['q', 'u', 'multi', 'upsert'];
export const DELETE_OPTIONS = ['q', 'limit'];
/** The documents of a write command, from its body or from the sequence beside it. */
export function statements(context, args, field) {
    const beside = context.sequences.get(field);
    const given = beside ? beside.map((bytes) => decodeDocument(bytes)) : args.documents(field);
    if (given.length > 0 && given.length <= MAX_WRITE_BATCH)
        return given;
    throw new CommandError('InvalidOptions', `${given.length} writes where 1 to ${MAX_WRITE_BATCH} may be`);
}
/**
 * Understands all writes before the first one is made, because what is not supported must leave nothing behind; then makes them in order. One that is
 * refused is, when `ordered`, the last one tried.
 * @returns what became of each that was tried
 * @throws CommandError 115 for what is outside the subset: that undoes the whole command
 */
export function runWrites(given, ordered, parse) {
    const writes = given.map((each) => attempt(() => parse(each)));
    const outcomes = [];
    for (const write of writes) {
        const outcome = write instanceof CommandError ? write : attempt(write);
        outcomes.push(outcome);
        if (ordered && outcome instanceof CommandError)
            break;
    }
    return outcomes;
}
/** MongoDB's own refusals belong to their statement; a store that cannot write has no statement to blame. */
function attempt(work) {
    try {
        return work();
    }
    catch (error) {
        const isOfOne = error instanceof CommandError && !(error instanceof WriteFailedError);
        if (isOfOne && error.codeName !== 'CommandNotSupported')
            return error;
        throw error;
    }
}
export function insertOf({ catalog, database, collection }, given) {
    const document = withId(given);
    return () => {
        catalog.ensure(database, collection).insert(document);
        return { n: 1 };
    };
}
/** @throws CommandError for what is malformed or outside the subset */
export function updateOf({ catalog, database, collection }, statement) {
    const args = new Arguments(statement, 'update.updates', UPDATE_OPTIONS);
    const query = args.document('q');
    const filter = parseFilter(query);
    const update = parseUpdate(args.value('u'));
    const [multi, upsert] = [args.flag('multi'), args.flag('upsert')];
    if (multi && update instanceof Map)
        throw failedToParse('multi update is not supported for replacements');
    return () => {
        const existing = catalog.find(database, collection);
        let [n, modified] = [0, 0];
        let [before, after] = [];
        for (const found of targets(existing, filter, multi)) {
            n++;
            before = found.document;
            after = applyUpdate(before, update, false);
            if (existing?.replace(found, after))
                modified++;
        }
        if (n > 0 || !upsert)
            return { n, modified, before, after };
        after = upsertDocument(query, update);
        catalog.ensure(database, collection).insert(after);
        return { n: 1, modified, upserted: after.get('_id'), after };
    };
}
/** @throws CommandError for what is malformed or outside the subset */
export function deleteOf({ catalog, database, collection }, statement) {
    const args = new Arguments(statement, 'delete.deletes', DELETE_OPTIONS);
    const query = args.document('q');
    const filter = parseFilter(query);
    const limit = args.count('limit') ?? 0;
    if (limit > 1)
        throw failedToParse(`The limit of a delete must be 0 or 1, not ${limit}`);
    return () => {
        const existing = catalog.find(database, collection);
        if (existing && limit === 0 && query.size === 0)
            return { n: existing.clear() };
        let n = 0;
        let before;
        for (const found of targets(existing, filter, limit === 0)) {
            existing?.delete(found);
            before = found.document;
            n++;
        }
        return { n, before };
    };
}
/** The first document, or all. These are found before the first is changed: a change must not make one come up twice. */
function* targets(collection, filter, multi) {
    if (!collection)
        return;
    const found = select(collection, { filter, limit: multi ? 0 : 1 });
    if (!multi) {
        yield* found;
        return;
    }
    for (const id of Array.from(found, (each) => each.id)) {
        const current = collection.get(id);
        if (current)
            yield current;
    }
}
//# sourceMappingURL=writes.js.map