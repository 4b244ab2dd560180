import { encodeValue } from '../../bson/encode.js';
import { keyOf } from '../../bson/key.js';
import { isDocument, type Document, type Value } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { parseExpression, type Expression } from '../expression/parse.js';
import { isOperatorDocument } from '../filter/tests.js';
import { accumulatorOf, type Accumulator } from './accumulators.js';
import type { Stage } from './pipeline.js';

/** MongoDB's limit on memory for one `$group`. */
const MAX_GROUP_BYTES = 100 * 1024 * 1024;
const GROUP_OVERHEAD_BYTES = 200;

interface Field {
  readonly name: string;
  readonly expression: Expression;
  readonly make: () => Accumulator;
}

/** Collects documents by the value of `_id`; groups come out in the order their first document came in. */
export function groupStage(specification: Document): Stage {
  const given = specification.get('_id');
  if (given === undefined) throw new CommandError(15955, 'a group specification must include an _id');
  const id = parseExpression(given);
  const fields = [...specification]
    .filter(([name]) => name !== '_id')
    .map(([name, value]) => parseField(name, value));
  return {
    run: function* (input) {
      const groups = new Map<string, { id: Value; accumulators: Accumulator[] }>();
      let size = 0;
      for (const root of input) {
        const value = id(root) ?? null;
        const key = keyOf(value).toString('latin1');
        let group = groups.get(key);
        if (!group) {
          group = { id: value, accumulators: fields.map(({ make }) => make()) };
          groups.set(key, group);
          size += key.length + GROUP_OVERHEAD_BYTES;
        }
        for (const [index, field] of fields.entries()) {
          const operand = field.expression(root);
          if (group.accumulators[index]?.add(operand) && operand !== undefined)
            size += encodeValue(operand).length;
        }
        if (size > MAX_GROUP_BYTES)
          throw new CommandError('ExceededMemoryLimit', '$group exceeded memory limit of 104857600 bytes');
      }
      for (const group of groups.values()) {
        const result: Document = new Map([['_id', group.id]]);
        for (const [index, { name }] of fields.entries())
          result.set(name, group.accumulators[index]?.result() ?? null);
        yield result;
      }
    },
  };
}

function parseField(name: string, value: Value): Field {
  if (name.includes('.')) throw new CommandError(40235, `The field name '${name}' cannot contain '.'`);
  if (name.startsWith('$'))
    throw new CommandError(40236, `The field name '${name}' cannot be an operator name`);
  if (!isDocument(value) || !isOperatorDocument(value))
    throw new CommandError(40234, `The field '${name}' must be an accumulator object`);
  const [[operator, operand] = ['', null]] = value;
  if (value.size !== 1) throw new CommandError(40238, `The field '${name}' must specify one accumulator`);
  return { name, expression: parseExpression(operand), make: accumulatorOf(operator) };
}
