import { isTruthy } from '../bson/numbers.js';
import { isDocument, isNumber, type Document, type Value } from '../bson/values.js';
import { CommandError, unsupported } from '../errors.js';
import { splitPath } from './path.js';

/** What to do with a field: keep it, leave it out, or look inside. */
type Branch = Map<string, true | Branch>;

/** Shapes a document for the reply. */
export type Projection = (document: Document) => Document;

const KEEP_ALL: Projection = (document) => document;

/**
 * Understands a find projection: inclusion or exclusion of paths. Undefined means the whole document.
 * @throws CommandError 31249–31254 as MongoDB, 115 for operators and expressions
 */
export function parseProjection(specification: Document): Projection | undefined {
  const paths: { path: string; include: boolean }[] = [];
  flatten(specification, '', paths);
  if (paths.length === 0) return undefined;
  const id = paths.find(({ path }) => path === '_id');
  const others = paths.filter((entry) => entry !== id);
  const include = others[0]?.include ?? id?.include ?? true;
  const mixed = others.find((entry) => entry.include !== include);
  if (mixed) {
    throw new CommandError(
      include ? 31254 : 31253,
      `Cannot do ${include ? 'exclusion' : 'inclusion'} on field ${mixed.path} in ${include ? 'inclusion' : 'exclusion'} projection`,
    );
  }
  const root: Branch = new Map();
  for (const { path } of others) addPath(root, path);
  if (include) {
    if (id?.include !== false && !root.has('_id')) root.set('_id', true);
    return (document) => included(document, root);
  }
  if (id && !id.include) addPath(root, '_id');
  return root.size === 0 ? KEEP_ALL : (document) => excluded(document, root);
}

function flatten(specification: Document, prefix: string, paths: { path: string; include: boolean }[]): void {
  for (const [name, value] of specification) {
    const path = prefix + name;
    if (name.startsWith('$') || splitPath(name).some((part) => part.startsWith('$')))
      throw unsupported(`the projection '${path}'`);
    if (splitPath(path).includes(''))
      throw new CommandError(40353, `FieldPath must not end with a '.' or contain empty names: '${path}'`);
    if (isDocument(value)) {
      if (value.size === 0)
        throw new CommandError(
          51270,
          `An empty sub-projection is not a valid value. Found empty object at path`,
        );
      flatten(value, `${path}.`, paths);
    } else if (typeof value === 'boolean' || isNumber(value)) paths.push({ path, include: isTruthy(value) });
    else throw unsupported(`the projection of '${path}' by an expression`);
  }
}

function addPath(root: Branch, path: string): void {
  const parts = splitPath(path);
  let branch = root;
  for (const [index, part] of parts.entries()) {
    const existing = branch.get(part);
    const last = index === parts.length - 1;
    if (existing === true || (existing && last)) {
      const rest = parts.slice(index + 1).join('.');
      throw new CommandError(
        last && existing !== true ? 31250 : 31249,
        `Path collision at ${path}${rest === '' ? '' : ` remaining portion ${rest}`}`,
      );
    }
    if (last) branch.set(part, true);
    else {
      const next: Branch = existing ?? new Map<string, true | Branch>();
      branch.set(part, next);
      branch = next;
    }
  }
}

function included(document: Document, branch: Branch): Document {
  const result: Document = new Map();
  for (const [name, value] of document) {
    const rule = branch.get(name);
    if (rule === true) result.set(name, value);
    else if (rule) {
      const inner = includedValue(value, rule);
      if (inner !== undefined) result.set(name, inner);
    }
  }
  return result;
}

/** Scalars have none of the fields asked for: they go, inside arrays as well. */
function includedValue(value: Value, branch: Branch): Value | undefined {
  if (isDocument(value)) return included(value, branch);
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((element) => {
    const inner = includedValue(element, branch);
    return inner === undefined ? [] : [inner];
  });
}

function excluded(document: Document, branch: Branch): Document {
  const result: Document = new Map();
  for (const [name, value] of document) {
    const rule = branch.get(name);
    if (rule === undefined) result.set(name, value);
    else if (rule !== true) result.set(name, excludedValue(value, rule));
  }
  return result;
}

function excludedValue(value: Value, branch: Branch): Value {
  if (isDocument(value)) return excluded(value, branch);
  return Array.isArray(value) ? value.map((element) => excludedValue(element, branch)) : value;
}
