import { DateValue, isArray, isDocument, type Document, type Value } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { isOperatorDocument } from '../filter/tests.js';
import { splitPath } from '../path.js';
import { valueAt, type Expression } from './evaluate.js';
import { parseOperator } from './operators.js';

/** Stands for a field that a projection takes away. */
export const REMOVE: Expression = () => undefined;

/**
 * Understands an aggregation expression completely.
 * @throws CommandError as MongoDB for malformed ones, 115 for operators and variables outside the subset
 */
export function parseExpression(value: Value): Expression {
  if (typeof value === 'string' && value.startsWith('$')) return parseFieldPath(value);
  if (isArray(value)) {
    const elements = value.map(parseExpression);
    return (scope) => elements.map((element) => element(scope) ?? null);
  }
  if (!isDocument(value)) return () => value;
  if (!isOperatorDocument(value)) return parseObject(value);
  const [[operator, operand] = ['', null]] = value;
  if (value.size !== 1)
    throw new CommandError(
      15983,
      `An object representing an expression must have exactly one field: ${operator}`,
    );
  return operator === '$literal' ? () => operand : parseOperator(operator, operand, parseExpression);
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
  return (scope) => {
    const result: Document = new Map();
    for (const [name, field] of fields) {
      const evaluated = field(scope);
      if (evaluated !== undefined) result.set(name, evaluated);
    }
    return result;
  };
}

function parseFieldPath(text: string): Expression {
  if (!text.startsWith('$$')) {
    const parts = fieldParts(text.slice(1));
    return ({ root }) => valueAt(root, parts);
  }
  const [variable = '', ...rest] = text.slice(2).split('.');
  const parts = rest.length > 0 ? fieldParts(rest.join('.')) : [];
  if (variable === 'ROOT' || variable === 'CURRENT') return ({ root }) => valueAt(root, parts);
  if (variable === 'NOW' && parts.length === 0) return ({ now }) => new DateValue(now);
  if (variable === 'REMOVE' && parts.length === 0) return REMOVE;
  throw unsupported(`the variable $$${variable}`);
}

function fieldParts(path: string): string[] {
  const parts = splitPath(path);
  if (path === '') throw new CommandError(16872, "'$' by itself is not a valid FieldPath");
  if (parts.includes('')) throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
  if (parts.some((part) => part.startsWith('$')))
    throw new CommandError(16410, "FieldPath field names may not start with '$'.");
  return parts;
}
