import { isTruthy } from '../bson/numbers.js';
import { isArray, isDocument, isNumber } from '../bson/values.js';
import { badValue, unsupported } from '../errors.js';
import { pathParts } from './path.js';
/** Understands the projection of a `find`. Undefined means the document as it is. @throws CommandError 115 outside the subset */
export function parseProjection(specification) {
    const choices = [...specification].map(([path, value]) => ({ path, keep: isKept(value) }));
    const [first = choices[0]] = choices.filter(({ path }) => path !== '_id');
    if (!first)
        return undefined;
    const root = new Map();
    for (const { path, keep } of choices) {
        if (keep === first.keep)
            addPath(root, path);
        else if (path !== '_id')
            throw badValue(`Cannot include and exclude fields together: '${path}'`);
    }
    if (first.keep && !specification.has('_id'))
        root.set('_id', undefined);
    return (document) => shape(document, root, first.keep);
}
function isKept(value) {
    if (typeof value === 'boolean' || isNumber(value))
        return isTruthy(value);
    const [name = ''] = isDocument(value) ? value.keys() : [];
    throw unsupported(name.startsWith('$') ? `the projection operator ${name}` : 'expressions and documents in projections');
}
/** @throws CommandError for a path that goes on from another, or is it */
function addPath(fields, path, [name = '', ...rest] = pathParts(path)) {
    const inner = fields.get(name);
    if (fields.has(name) && (inner === undefined || rest.length === 0))
        throw badValue(`Path collision at ${path}`);
    const next = rest.length === 0 ? undefined : (inner ?? new Map());
    fields.set(name, next);
    if (next)
        addPath(next, path, rest);
}
function shape(document, fields, including) {
    const result = new Map();
    for (const [name, value] of document) {
        const rest = including ? undefined : value;
        const shaped = fields.has(name) ? shapeField(value, fields.get(name), including) : rest;
        if (shaped !== undefined)
            result.set(name, shaped);
    }
    return result;
}
/** In an inclusion scalars have none of the fields asked for: they go, inside arrays as well. */
function shapeField(value, fields, including) {
    if (!fields)
        return including ? value : undefined;
    if (isDocument(value))
        return shape(value, fields, including);
    if (!isArray(value))
        return including ? undefined : value;
    return value.flatMap((element) => {
        const shaped = shapeField(element, fields, including);
        return shaped === undefined ? [] : [shaped];
    });
}
//# sourceMappingURL=projection.js.map