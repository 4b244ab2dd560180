import { isTruthy } from '../bson/numbers.js';
import { isArray, isDocument, isNumber, type Document, type Value } from '../bson/values.js';
import { badValue, unsupported } from '../errors.js';
import { pathParts } from './path.js';

/** The fields that a projection names, each with those inside of it; `undefined` where the whole field is meant. */
type Fields = Map<string, Fields | undefined>;

export interface Projection {
  readonly project: (document: Document) => Document;
  /** The fields that are left, when they are some by their names, without any inside of another. */
  readonly names: ReadonlySet<string> | undefined;
}

/** Understands the projection of a `find`. Undefined means the document as it is. @throws CommandError 115 outside the subset */
export function parseProjection(specification: Document): Projection | undefined {
  const choices = [...specification].map(([path, value]) => ({ path, keep: isKept(value) }));
  const [first = choices[0]] = choices.filter(({ path }) => path !== '_id');
  if (!first) return undefined;
  const root: Fields = new Map();
  for (const { path, keep } of choices) {
    if (keep === first.keep) addPath(root, path);
    else if (path !== '_id') throw badValue(`Cannot include and exclude fields together: '${path}'`);
  }
  if (first.keep && !specification.has('_id')) root.set('_id', undefined);
  const areWhole = first.keep && [...root.values()].every((inner) => inner === undefined);
  return {
    project: (document) => shape(document, root, first.keep),
    names: areWhole ? new Set(root.keys()) : undefined,
  };
}

function isKept(value: Value): boolean {
  if (typeof value === 'boolean' || isNumber(value)) return isTruthy(value);
  const [name = ''] = isDocument(value) ? value.keys() : [];
  throw unsupported(
    name.startsWith('$') ? `the projection operator ${name}` : 'expressions and documents in projections',
  );
}

/** @throws CommandError for a path that goes on from another, or is it */
function addPath(fields: Fields, path: string, [name = '', ...rest] = pathParts(path)): void {
  const inner = fields.get(name);
  if (fields.has(name) && (inner === undefined || rest.length === 0))
    throw badValue(`Path collision at ${path}`);
  const next = rest.length === 0 ? undefined : (inner ?? new Map<string, Fields>());
  fields.set(name, next);
  if (next) addPath(next, path, rest);
}

function shape(document: Document, fields: Fields, including: boolean): Document {
  const result: Document = new Map();
  for (const [name, value] of document) {
    const rest = including ? undefined : value;
    const shaped = fields.has(name) ? shapeField(value, fields.get(name), including) : rest;
    if (shaped !== undefined) result.set(name, shaped);
  }
  return result;
}

/** In an inclusion scalars have none of the fields asked for: they go, inside arrays as well. */
function shapeField(value: Value, fields: Fields | undefined, including: boolean): Value | undefined {
  if (!fields) return including ? value : undefined;
  if (isDocument(value)) return shape(value, fields, including);
  if (!isArray(value)) return including ? undefined : value;
  return value.flatMap((element) => {
    const shaped = shapeField(element, fields, including);
    return shaped === undefined ? [] : [shaped];
  });
}
