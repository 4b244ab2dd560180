import { integerOf, isTruthy } from '../bson/numbers.js';
import { isArray, isDocument, isNumber, type Document, type Value } from '../bson/values.js';
import { CommandError, unsupported } from '../errors.js';
import { isOperatorDocument } from './filter/tests.js';
import { pathParts } from './path.js';

/** What happens to a field: kept, left out, changed, or looked into. */
type Rule =
  | { readonly kind: 'keep' | 'drop' }
  | { readonly kind: 'change'; readonly change: (value: Value) => Value }
  | { readonly kind: 'inside'; readonly fields: Fields };
type Fields = Map<string, Rule>;

/** The operators there are. */
export const PROJECTION_OPERATORS: Readonly<Record<string, (operand: Value) => Rule>> = { $slice: sliceRule };

/**
 * Understands the projection of a `find`. Undefined means the document as it is.
 * @throws CommandError 31249–31254 as MongoDB, 115 outside the subset
 */
export function parseProjection(specification: Document): ((document: Document) => Document) | undefined {
  const root: Fields = new Map();
  for (const [path, value] of specification) add(root, path, ruleOf(value));
  if (root.size === 0) return undefined;
  const including = isInclusion(root);
  if (including && !root.has('_id')) root.set('_id', { kind: 'keep' });
  return (document) => shape(document, root, including);
}

function ruleOf(value: Value): Rule {
  if (typeof value === 'boolean' || isNumber(value)) return { kind: isTruthy(value) ? 'keep' : 'drop' };
  if (!isDocument(value) || !isOperatorDocument(value))
    throw unsupported('expressions and documents in projections');
  const [[name, operand] = ['', null]] = value;
  const rule = Object.hasOwn(PROJECTION_OPERATORS, name) ? PROJECTION_OPERATORS[name] : undefined;
  if (rule === undefined || value.size !== 1) throw unsupported(`the projection operator ${name}`);
  return rule(operand);
}

/** `{$slice: count}` or `{$slice: [skip, count]}`: a stretch of the array; other values stay. */
function sliceRule(operand: Value): Rule {
  const numbers = (isArray(operand) ? operand : [operand]).map((value) => integerOf(value));
  const [first, second] = numbers;
  if (
    first === undefined ||
    numbers.length > 2 ||
    (isArray(operand) && !(second !== undefined && second > 0))
  )
    throw new CommandError(28667, 'Invalid $slice syntax. The given syntax did not match the find() syntax.');
  const change = (value: Value): Value => {
    if (!isArray(value)) return value;
    if (second === undefined) return first >= 0 ? value.slice(0, first) : value.slice(first);
    const start = first >= 0 ? first : Math.max(value.length + first, 0);
    return value.slice(start, start + second);
  };
  return { kind: 'change', change };
}

function add(root: Fields, path: string, rule: Rule): void {
  const parts = pathParts(path);
  if (parts.some((part) => part.startsWith('$'))) throw unsupported(`the projection '${path}'`);
  if (parts.includes('')) throw new CommandError(40353, `FieldPath must not contain empty names: '${path}'`);
  let fields = root;
  for (const [index, part] of parts.entries()) {
    const existing = fields.get(part);
    const last = index === parts.length - 1;
    if (existing && (last || existing.kind !== 'inside'))
      throw new CommandError(last && existing.kind === 'inside' ? 31250 : 31249, `Path collision at ${path}`);
    if (last) fields.set(part, rule);
    else if (existing?.kind === 'inside') fields = existing.fields;
    else {
      const inner: Fields = new Map();
      fields.set(part, { kind: 'inside', fields: inner });
      fields = inner;
    }
  }
}

/** Whether only named fields stay. `_id` may be given either way. @throws CommandError when both kinds are mixed */
function isInclusion(root: Fields): boolean {
  const [first, ...others] = choicesOf(root, '').filter(({ path }) => path !== '_id');
  if (!first) return root.get('_id')?.kind === 'keep';
  const other = others.find(({ kind }) => kind !== first.kind);
  if (other) {
    const [does, among] = other.kind === 'keep' ? ['inclusion', 'exclusion'] : ['exclusion', 'inclusion'];
    throw new CommandError(
      other.kind === 'keep' ? 31253 : 31254,
      `Cannot do ${does} on field ${other.path} in ${among} projection`,
    );
  }
  return first.kind === 'keep';
}

/** The paths that are kept or dropped. */
function choicesOf(
  fields: Fields,
  prefix: string,
): { readonly path: string; readonly kind: 'keep' | 'drop' }[] {
  return [...fields].flatMap(([name, rule]) => {
    const path = prefix + name;
    if (rule.kind === 'inside') return choicesOf(rule.fields, `${path}.`);
    return rule.kind === 'change' ? [] : [{ path, kind: rule.kind }];
  });
}

function shape(document: Document, fields: Fields, including: boolean): Document {
  const result: Document = new Map();
  for (const [name, value] of document) {
    const rule = fields.get(name);
    const shaped = rule ? shapeField(value, rule, including) : including ? undefined : value;
    if (shaped !== undefined) result.set(name, shaped);
  }
  return result;
}

function shapeField(value: Value, rule: Rule, including: boolean): Value | undefined {
  switch (rule.kind) {
    case 'keep':
      return value;
    case 'drop':
      return undefined;
    case 'change':
      return rule.change(value);
    case 'inside':
      return shapeInside(value, rule.fields, including);
  }
}

/** In an inclusion scalars have none of the fields asked for: they go, inside arrays as well. */
function shapeInside(value: Value, fields: Fields, including: boolean): Value | undefined {
  if (isDocument(value)) return shape(value, fields, including);
  if (!isArray(value)) return including ? undefined : value;
  return value.flatMap((element) => {
    const shaped = shapeInside(element, fields, including);
    return shaped === undefined ? [] : [shaped];
  });
}
