import { encodeValue } from '../../bson/encode.js';
import { keyOf } from '../../bson/key.js';
import { add } from '../../bson/numbers.js';
import { int32, isDocument, isNumber } from '../../bson/values.js';
import { CommandError, badValue, known } from '../../errors.js';
import { isConstant, parseExpression } from './expression.js';
/** MongoDB's limit on memory for one `$group`. */
const MAX_GROUP_BYTES = 100 * 1024 * 1024;
const GROUP_OVERHEAD_BYTES = 200;
/** The accumulators there are. What is no number does not count for a sum. */
export const ACCUMULATORS = {
    $sum: {
        empty: () => int32(0),
        add: (sum, value) => (isNumber(value) ? add(sum, value) : sum),
        keeps: false,
    },
    $push: {
        empty: () => [],
        add: (list, value) => {
            list.push(value);
            return list;
        },
        keeps: true,
    },
};
/** Collects documents by the value of `_id`; groups come out in the order their first document came in. */
export function groupStage(specification) {
    const given = specification.get('_id');
    if (given === undefined)
        throw badValue('a group specification must include an _id');
    const id = parseExpression(given);
    const fields = [...specification]
        .filter(([name]) => name !== '_id')
        .map(([name, value]) => parseField(name, value));
    const isBlind = [id, ...fields.map(({ expression }) => expression)].every((one) => isConstant(one));
    return {
        ...(isBlind ? { blind: 'counts' } : {}),
        run: (input) => {
            const groups = new Map();
            let size = 0;
            for (const root of input) {
                const value = id(root) ?? null;
                const key = keyOf(value).toString('latin1');
                let group = groups.get(key);
                if (!group) {
                    group = new Map([['_id', value], ...fields.map(({ name, empty }) => [name, empty()])]);
                    groups.set(key, group);
                    size += key.length + GROUP_OVERHEAD_BYTES;
                }
                for (const field of fields) {
                    const operand = field.expression(root);
                    if (operand === undefined)
                        continue;
                    group.set(field.name, field.add(group.get(field.name) ?? null, operand));
                    if (field.keeps)
                        size += encodeValue(operand).length;
                }
                if (size > MAX_GROUP_BYTES)
                    throw new CommandError('ExceededMemoryLimit', '$group exceeded memory limit of 104857600 bytes');
            }
            return groups.values();
        },
    };
}
function parseField(name, value) {
    if (name.includes('.') || name.startsWith('$'))
        throw badValue(`'${name}' cannot name a field of $group`);
    const [[operator, operand] = ['', null], ...others] = isDocument(value) ? value : [];
    if (!operator.startsWith('$') || others.length > 0)
        throw badValue(`The field '${name}' must be an accumulator object`);
    return { ...known(ACCUMULATORS, 'accumulator', operator), name, expression: parseExpression(operand) };
}
//# sourceMappingURL=group.js.map