import { compareValues, equalValues } from '../../bson/compare.js';
import { add } from '../../bson/numbers.js';
import { documentOf, isArray, isDocument, isNumber } from '../../bson/values.js';
import { CommandError, badValue, unsupported } from '../../errors.js';
import { parseField, parseFilter } from '../filter/parse.js';
import { isOperatorDocument } from '../filter/tests.js';
/** The update operators there are. */
export const UPDATE_OPERATORS = {
    $set: { changeOf: (operand) => () => operand, creates: true },
    $setOnInsert: { changeOf: (operand) => () => operand, creates: true, onInsert: true },
    $unset: { changeOf: () => () => undefined, creates: false },
    $inc: { changeOf: incrementOf, creates: true },
    $max: { changeOf: maximumOf, creates: true },
    $push: { changeOf: pushOf, creates: true },
    $addToSet: { changeOf: additionOf, creates: true },
    $pull: { changeOf: removalOf, creates: false },
};
function incrementOf(operand, path) {
    const wrong = (what) => new CommandError('TypeMismatch', `Cannot increment '${path}': ${what} is not numeric`);
    if (!isNumber(operand))
        throw wrong('the operand');
    return (current) => {
        if (current === undefined)
            return operand;
        if (isNumber(current))
            return add(current, operand);
        throw wrong('its value');
    };
}
function maximumOf(operand) {
    return (current) => (current === undefined || compareValues(operand, current) > 0 ? operand : current);
}
function pushOf(operand, path) {
    assertPlain('$push', operand);
    return (current) => [...arrayOf(current, path), operand];
}
function additionOf(operand, path) {
    assertPlain('$addToSet', operand);
    return (current) => {
        const array = arrayOf(current, path);
        return array.some((element) => equalValues(element, operand)) ? current : [...array, operand];
    };
}
/** @throws CommandError 115 for a modifier, such as `$each` */
function assertPlain(operator, operand) {
    if (isDocument(operand) && operand.has('$each'))
        throw unsupported(`$each of ${operator}`);
}
/** A new one where the field is missing. */
function arrayOf(current, path) {
    if (current === undefined)
        return [];
    if (isArray(current))
        return current;
    throw badValue(`The field '${path}' must be an array`);
}
function removalOf(operand, path) {
    const goes = elementTest(operand);
    return (current) => {
        const array = arrayOf(current, path);
        const kept = array.filter((element) => !goes(element));
        return kept.length === array.length ? current : kept;
    };
}
/** A document is a filter on elements that are documents, operators test elements, the rest is equality. */
function elementTest(operand) {
    if (!isDocument(operand))
        return (element) => equalValues(element, operand);
    const [first] = operand.keys();
    if (isOperatorDocument(operand) && first !== '$or') {
        const node = parseField('element', operand);
        return (element) => node.matches(documentOf({ element }));
    }
    const node = parseFilter(operand);
    return (element) => isDocument(element) && node.matches(element);
}
//# sourceMappingURL=operators.js.map