import { isArray, isDocument, type Document, type Value } from '../../bson/values.js';
import { badValue, known, unsupported } from '../../errors.js';
import { isOperatorDocument } from '../filter/tests.js';
import { pathParts } from '../path.js';

/** A compiled expression; undefined is a missing value. */
export type Expression = (root: Document) => Value | undefined;

/** The operators there are: nobody asks for one. */
export const EXPRESSION_OPERATORS: Readonly<Record<string, (operand: Value) => Expression>> = {};

/** Understands an aggregation expression: a field's path, a value, an object of them, an operator. */
export function parseExpression(value: Value): Expression {
  if (typeof value === 'string' && value.startsWith('$')) return parseFieldPath(value);
  if (isArray(value)) throw unsupported('arrays in expressions');
  if (!isDocument(value)) return constant(value);
  if (!isOperatorDocument(value)) return parseObject(value);
  const [[operator, operand] = ['', null]] = value;
  if (value.size !== 1) throw badValue(`${operator} must stand alone in its expression`);
  return known(EXPRESSION_OPERATORS, 'expression operator', operator)(operand);
}

const constants = new WeakSet<Expression>();

function constant(value: Value): Expression {
  const expression = (): Value => value;
  constants.add(expression);
  return expression;
}

/** Whether it is the same for every document. */
export function isConstant(expression: Expression): boolean {
  return constants.has(expression);
}

function parseObject(value: Document): Expression {
  const fields = [...value].map(([name, field]) => {
    if (name.startsWith('$') || name.includes('.')) throw badValue(`'${name}' cannot name a field here`);
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
  if (text.startsWith('$$')) throw unsupported(`the variable ${text}`);
  const parts = pathParts(text.slice(1));
  return (root) => {
    let value: Value | undefined = root;
    for (const part of parts) {
      if (isArray(value)) throw unsupported(`the path '${text}' through an array`);
      value = isDocument(value) ? value.get(part) : undefined;
    }
    return value;
  };
}
