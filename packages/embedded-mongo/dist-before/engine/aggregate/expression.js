import { DateValue, isArray, isDocument } from '../../bson/values.js';
import { badValue, known, unsupported } from '../../errors.js';
import { isOperatorDocument } from '../filter/tests.js';
import { pathParts } from '../path.js';
/** The operators there are. */
export const EXPRESSION_OPERATORS = {
    $dateToString: parseDay,
};
/** Understands an aggregation expression: a field's path, a value, an object of them, an operator. */
export function parseExpression(value) {
    if (typeof value === 'string' && value.startsWith('$'))
        return parseFieldPath(value);
    if (isArray(value))
        throw unsupported('arrays in expressions');
    if (!isDocument(value))
        return constant(value);
    if (!isOperatorDocument(value))
        return parseObject(value);
    const [[operator, operand] = ['', null]] = value;
    if (value.size !== 1)
        throw badValue(`${operator} must stand alone in its expression`);
    return known(EXPRESSION_OPERATORS, 'expression operator', operator)(operand);
}
const constants = new WeakSet();
function constant(value) {
    const expression = () => value;
    constants.add(expression);
    return expression;
}
/** Whether it is the same for every document. */
export function isConstant(expression) {
    return constants.has(expression);
}
function parseObject(value) {
    const fields = [...value].map(([name, field]) => {
        if (name.startsWith('$') || name.includes('.'))
            throw badValue(`'${name}' cannot name a field here`);
        return [name, parseExpression(field)];
    });
    return (root) => {
        const result = new Map();
        for (const [name, field] of fields) {
            const evaluated = field(root);
            if (evaluated !== undefined)
                result.set(name, evaluated);
        }
        return result;
    };
}
function parseFieldPath(text) {
    if (text.startsWith('$$'))
        throw unsupported(`the variable ${text}`);
    const parts = pathParts(text.slice(1));
    return (root) => {
        let value = root;
        for (const part of parts) {
            if (isArray(value))
                throw unsupported(`the path '${text}' through an array`);
            value = isDocument(value) ? value.get(part) : undefined;
        }
        return value;
    };
}
/** `$dateToString` of a date as its day in UTC; null for a field that is null or not there. */
function parseDay(operand) {
    const { date, format, ...others } = Object.fromEntries(isDocument(operand) ? operand : []);
    for (const name of Object.keys(others))
        throw unsupported(`the option '${name}' of $dateToString`);
    if (format !== '%Y-%m-%d')
        throw unsupported('a format of $dateToString but %Y-%m-%d');
    if (date === undefined)
        throw badValue("Missing 'date' parameter to $dateToString");
    const dated = parseExpression(date);
    return (root) => {
        const value = dated(root) ?? null;
        if (value === null)
            return null;
        const text = value instanceof DateValue ? new Date(value.milliseconds).toISOString() : '';
        if (!/^\d{4}-/.test(text))
            throw badValue('$dateToString needs a date of the years 0 to 9999');
        return text.slice(0, 10);
    };
}
//# sourceMappingURL=expression.js.map