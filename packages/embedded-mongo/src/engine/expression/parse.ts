import { isArray, isDocument, type Document, type Value } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { isOperatorDocument } from '../filter/tests.js';
import { pathParts } from '../path.js';
import { dateToString } from './date-to-string.js';

/** A compiled expression; undefined is a missing value. */
export type Expression = (root: Document) => Value | undefined;

/** The operators there are. */
export const EXPRESSION_OPERATORS: Readonly<Record<string, (operand: Value) => Expression>> = {
  $dateToString: (operand) => dateToString(operand, parseExpression),
};

/**
 * Understands an aggregation expression: a field's path, a value, an object of them, an operator.
 * @throws CommandError as MongoDB for malformed ones, 115 for operators and variables outside the subset
 */
export function parseExpression(value: Value): Expression {
  if (typeof value === 'string' && value.startsWith('$')) return parseFieldPath(value);
  if (isArray(value)) throw unsupported('arrays in expressions');
  if (!isDocument(value)) return () => value;
  if (!isOperatorDocument(value)) return parseObject(value);
  const [[operator, operand] = ['', null]] = value;
  if (value.size !== 1)
    throw new CommandError(
      15983,
      `An object representing an expression must have exactly one field: ${operator}`,
    );
  const parse = Object.hasOwn(EXPRESSION_OPERATORS, operator) ? EXPRESSION_OPERATORS[operator] : undefined;
  if (!parse) throw unsupported(`the expression operator ${operator}`);
  return parse(operand);
}

function parseObject(value: Document): Expression {
  const fields = [...value].map(([name, field]) => {
    if (name.startsWith('$') || name.includes('.'))
      throw new CommandError(
        16410,
        `FieldPath field names may not contain '.' or start with '$' in an object expression: ${name}`,
      );
    return [name, parseExpression(field)] as const;
  });
  return (root) => {
    const result: Document = new Map();
    for (const [name, field] of fields) {
      const evaluated = field(root);
      if (evaluated !== undefined) result.set(name, evaluated);
    }
    return result;
  };
}

function parseFieldPath(text: string): Expression {
  if (text.startsWith('$$')) throw unsupported(`the variable ${text.split('.')[0] ?? text}`);
  if (text === '$') throw new CommandError(16872, "'$' by itself is not a valid FieldPath");
  const parts = pathParts(text.slice(1));
  return (root) => valueAt(root, parts);
}

/** The value at a path: documents in arrays on the way are each looked into. */
function valueAt(value: Value | undefined, parts: readonly string[], from = 0): Value | undefined {
  if (from === parts.length) return value;
  if (isDocument(value)) return valueAt(value.get(parts[from] ?? ''), parts, from + 1);
  if (!isArray(value)) return undefined;
  return value.flatMap((element) => {
    const inner = isDocument(element) ? valueAt(element, parts, from) : undefined;
    return inner === undefined ? [] : [inner];
  });
}
