import { isTruthy } from '../bson/numbers.js';
import { isArray, isDocument, isNumber, type Document, type Value } from '../bson/values.js';
import { CommandError, unsupported } from '../errors.js';
import type { Scope } from './expression/evaluate.js';
import { parseExpression } from './expression/parse.js';
import { isOperatorDocument } from './filter/tests.js';
import { splitPath } from './path.js';
import { elemMatchRule, sliceRule } from './projection-operators.js';
import type { Rule } from './projection-rule.js';

type Fields = Map<string, Rule>;

/** Shapes a document; `now` is the time the command began. */
export type Projection = (document: Document, now?: number) => Document;

export type ProjectionDialect = 'find' | '$project' | '$addFields';

/**
 * Understands a projection of `find`, `$project` or `$addFields`. Undefined means the document as it is.
 * @throws CommandError 31249–31254 as MongoDB, 115 outside the subset
 */
export function parseProjection(specification: Document, dialect: ProjectionDialect): Projection | undefined {
  const root: Fields = new Map();
  flatten(specification, '', dialect, (path, rule) => {
    addRule(root, path, rule);
  });
  if (root.size === 0) return undefined;
  const adds = dialect === '$addFields';
  const including = !adds && isInclusion(root);
  if (including && !root.has('_id')) root.set('_id', { kind: 'keep' });
  return (document, now = Date.now()) => {
    const scope = { root: document, now };
    return compute(shape(document, root, including), root, scope);
  };
}

function flatten(
  specification: Document,
  prefix: string,
  dialect: ProjectionDialect,
  add: (path: string, rule: Rule) => void,
): void {
  for (const [name, value] of specification) {
    const path = prefix + name;
    if (splitPath(path).some((part) => part.startsWith('$'))) throw unsupported(`the projection '${path}'`);
    if (splitPath(path).includes(''))
      throw new CommandError(40353, `FieldPath must not contain empty names: '${path}'`);
    if (isDocument(value) && !isOperatorDocument(value)) {
      if (value.size === 0) {
        if (dialect !== '$addFields')
          throw new CommandError(
            51270,
            `An empty sub-projection is not a valid value. Found empty object at path ${path}`,
          );
        add(path, { kind: 'compute', expression: () => new Map() });
      } else flatten(value, `${path}.`, dialect, add);
    } else add(path, ruleOf(value, dialect));
  }
}

function ruleOf(value: Value, dialect: ProjectionDialect): Rule {
  if (dialect !== '$addFields' && (typeof value === 'boolean' || isNumber(value)))
    return { kind: isTruthy(value) ? 'keep' : 'drop' };
  if (dialect === 'find' && isDocument(value)) {
    if (value.has('$slice') && value.size === 1) return sliceRule(value.get('$slice') ?? null);
    if (value.has('$elemMatch') && value.size === 1) return elemMatchRule(value.get('$elemMatch') ?? null);
  }
  return { kind: 'compute', expression: parseExpression(value) };
}

function addRule(root: Fields, path: string, rule: Rule): void {
  const parts = splitPath(path);
  let fields = root;
  for (const [index, part] of parts.entries()) {
    const existing = fields.get(part);
    const last = index === parts.length - 1;
    if (existing && (last || existing.kind !== 'inside')) {
      const rest = parts.slice(index + 1).join('.');
      throw new CommandError(
        last && existing.kind === 'inside' ? 31250 : 31249,
        `Path collision at ${path}${rest === '' ? '' : ` remaining portion ${rest}`}`,
      );
    }
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
  const kinds: { path: string; include: boolean }[] = [];
  const collect = (fields: Fields, prefix: string): void => {
    for (const [name, rule] of fields) {
      const path = prefix + name;
      if (rule.kind === 'inside') collect(rule.fields, `${path}.`);
      else if (rule.kind === 'compute' || (rule.kind === 'change' && rule.includes))
        kinds.push({ path, include: true });
      else if ((rule.kind === 'keep' || rule.kind === 'drop') && path !== '_id')
        kinds.push({ path, include: rule.kind === 'keep' });
    }
  };
  collect(root, '');
  const [first] = kinds;
  if (!first) return root.get('_id')?.kind === 'keep';
  const other = kinds.find(({ include }) => include !== first.include);
  if (other) {
    throw new CommandError(
      other.include ? 31253 : 31254,
      `Cannot do ${other.include ? 'inclusion' : 'exclusion'} on field ${other.path} in ${other.include ? 'exclusion' : 'inclusion'} projection`,
    );
  }
  return first.include;
}

/** Keeps, drops and changes what is there; computed fields come after. */
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
    case 'compute':
      // A new value takes the old one's place in $addFields and goes to the end in an inclusion.
      return including ? undefined : value;
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

const hasComputed = (fields: Fields): boolean =>
  [...fields.values()].some(
    (rule) => rule.kind === 'compute' || (rule.kind === 'inside' && hasComputed(rule.fields)),
  );

function compute(document: Document, fields: Fields, scope: Scope): Document {
  for (const [name, rule] of fields) {
    if (rule.kind === 'compute') {
      const value = rule.expression(scope);
      if (value === undefined) document.delete(name);
      else document.set(name, value);
    } else if (rule.kind === 'inside' && hasComputed(rule.fields)) {
      document.set(name, computeInside(document.get(name), rule.fields, scope));
    }
  }
  return document;
}

/** Computed fields go into every document of an array; any other value makes way for a document. */
function computeInside(value: Value | undefined, fields: Fields, scope: Scope): Value {
  if (isArray(value)) return value.map((element) => computeInside(element, fields, scope));
  return compute(isDocument(value) ? new Map(value) : new Map<string, Value>(), fields, scope);
}
