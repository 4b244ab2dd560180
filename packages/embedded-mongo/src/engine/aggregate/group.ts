import { encodeValue } from '../../bson/encode.js';
import { keyOf } from '../../bson/key.js';
import { add, type NumberValue } from '../../bson/numbers.js';
import { int32, isDocument, isNumber, type Document, type Value } from '../../bson/values.js';
import { CommandError, badValue, known } from '../../errors.js';
import { isConstant, parseExpression, type Expression } from './expression.js';
import type { Stage } from './pipeline.js';

/** MongoDB's limit on memory for one `$group`. */
const MAX_GROUP_BYTES = 100 * 1024 * 1024;
const GROUP_OVERHEAD_BYTES = 200;

/** Gathers one value per document that has one. */
interface Accumulator {
  readonly empty: () => Value;
  readonly add: (gathered: Value, value: Value) => Value;
  /** Whether it keeps the values, which then count for the memory limit. */
  readonly keeps: boolean;
}

/** The accumulators there are. What is no number does not count for a sum. */
export const ACCUMULATORS: Readonly<Record<string, Accumulator>> = {
  $sum: {
    empty: () => int32(0),
    add: (sum, value) => (isNumber(value) ? add(sum as NumberValue, value) : sum),
    keeps: false,
  },
  $push: {
    empty: () => [],
    add: (list, value) => {
      (list as Value[]).push(value);
      return list;
    },
    keeps: true,
  },
};

interface Field extends Accumulator {
  readonly name: string;
  readonly expression: Expression;
}

/** Collects documents by the value of `_id`; groups come out in the order their first document came in. */
export function groupStage(specification: Document): Stage {
  const given = specification.get('_id');
  if (given === undefined) throw badValue('a group specification must include an _id');
  const id = parseExpression(given);
  const fields = [...specification]
    .filter(([name]) => name !== '_id')
    .map(([name, value]) => parseField(name, value));
  const isBlind = [id, ...fields.map(({ expression }) => expression)].every((one) => isConstant(one));
  return {
    ...(isBlind ? { blind: 'counts' as const } : {}),
    run: (input) => {
      const groups = new Map<string, Document>();
      let size = 0;
      for (const root of input) {
        const value = id(root) ?? null;
        const key = keyOf(value).toString('latin1');
        let group = groups.get(key);
        if (!group) {
          group = new Map([['_id', value], ...fields.map(({ name, empty }) => [name, empty()] as const)]);
          groups.set(key, group);
          size += key.length + GROUP_OVERHEAD_BYTES;
        }
        for (const field of fields) {
          const operand = field.expression(root);
          if (operand === undefined) continue;
          group.set(field.name, field.add(group.get(field.name) ?? null, operand));
          if (field.keeps) size += encodeValue(operand).length;
        }
        if (size > MAX_GROUP_BYTES)
          throw new CommandError('ExceededMemoryLimit', '$group exceeded memory limit of 104857600 bytes');
      }
      return groups.values();
    },
  };
}

function parseField(name: string, value: Value): Field {
  if (name.includes('.') || name.startsWith('$')) throw badValue(`'${name}' cannot name a field of $group`);
  const [[operator, operand] = ['', null], ...others] = isDocument(value) ? value : [];
  if (!operator.startsWith('$') || others.length > 0)
    throw badValue(`The field '${name}' must be an accumulator object`);
  return { ...known(ACCUMULATORS, 'accumulator', operator), name, expression: parseExpression(operand) };
}
