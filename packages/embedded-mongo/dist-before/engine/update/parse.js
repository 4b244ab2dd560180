import { isArray, isDocument } from '../../bson/values.js';
import { CommandError, badValue, failedToParse, known, unsupported } from '../../errors.js';
import { isOperatorDocument } from '../filter/tests.js';
import { pathParts } from '../path.js';
import { UPDATE_OPERATORS } from './operators.js';
/** Understands an update completely before anything is written. @throws CommandError for what MongoDB refuses, 115 outside the subset */
export function parseUpdate(update) {
    if (isArray(update))
        throw unsupported('updates with an aggregation pipeline');
    if (!isDocument(update))
        throw failedToParse('An update must be an object');
    if (!isOperatorDocument(update)) {
        for (const name of update.keys())
            if (name.startsWith('$'))
                throw badValue(`'${name}' cannot name a field of a replacement`);
        return update;
    }
    const operations = [...update].flatMap(([operator, fields]) => operationsOf(operator, fields));
    // As MongoDB visits them: by name, a path before those that go on from it.
    operations.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    assertNoConflict(operations);
    return operations;
}
function operationsOf(name, fields) {
    if (!name.startsWith('$'))
        throw failedToParse(`${name} stands beside update operators`);
    const operator = known(UPDATE_OPERATORS, 'update operator', name);
    if (!isDocument(fields))
        throw failedToParse(`${name} needs an object of fields`);
    return [...fields].map(([path, operand]) => ({
        ...operator,
        path,
        parts: pathParts(path),
        change: operator.changeOf(operand, path),
    }));
}
const orderOf = ({ parts }) => parts.join('\0');
/** @param sorted in which a path stands beside the first of those that go on from it @throws CommandError 40 for one that goes on from another, or is it */
function assertNoConflict(sorted) {
    for (const [index, { path }] of sorted.entries()) {
        const next = sorted[index + 1]?.path;
        if (next === path || next?.startsWith(`${path}.`))
            throw new CommandError('ConflictingUpdateOperators', `Updating '${next}' conflicts with '${path}'`);
    }
}
//# sourceMappingURL=parse.js.map