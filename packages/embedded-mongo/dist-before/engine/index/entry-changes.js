import { compareValues } from '../../bson/compare.js';
import { entriesOf, tuplesOf } from './definition.js';
import { EMPTY_ARRAY, MISSING } from './keys.js';
const NOTHING = { tuples: [], arrays: 0 };
/**
 * The entries that one document had and the other has not, and the other way round. Of a long array only what was taken out and put in becomes
 * keys: elements that both documents share are the same values.
 * @throws CommandError 171 for parallel arrays
 */
export function entryChanges(index, before, after) {
    const old = before ? tuplesOf(index, before).tuples : [];
    const { tuples, arrays } = after ? tuplesOf(index, after) : NOTHING;
    const [head, tail] = sharedEnds(old, tuples);
    const kept = [...old.slice(0, head), ...old.slice(old.length - tail)];
    const isChange = (tuple) => !kept.some((each) => sameKey(each, tuple));
    const gone = entriesOf(index, old.slice(head, old.length - tail).filter(isChange));
    const come = entriesOf(index, tuples.slice(head, tuples.length - tail).filter(isChange));
    return { removed: without(gone, come), added: without(come, gone), arrays };
}
function without(entries, others) {
    if (others.length === 0)
        return entries;
    return entries.filter(({ key }) => !others.some((other) => other.key.equals(key)));
}
function sharedEnds(old, tuples) {
    const shorter = Math.min(old.length, tuples.length);
    let head = 0;
    while (head < shorter && isShared(old[head], tuples[head]))
        head++;
    let tail = 0;
    while (tail < shorter - head && isShared(old.at(-1 - tail), tuples.at(-1 - tail)))
        tail++;
    return [head, tail];
}
function isShared(left = [], right = []) {
    return left.every((part, position) => Object.is(part, right[position]));
}
function sameKey(left, right) {
    return left.every((part, position) => samePart(part, right[position] ?? null));
}
/** A missing field has the key of null. */
function samePart(left, right) {
    if (left === EMPTY_ARRAY || right === EMPTY_ARRAY)
        return left === right;
    return compareValues(left === MISSING ? null : left, right === MISSING ? null : right) === 0;
}
//# sourceMappingURL=entry-changes.js.map