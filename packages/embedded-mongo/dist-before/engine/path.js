import { isArray, isDocument } from '../bson/values.js';
import { badValue, unsupported } from '../errors.js';
/**
 * The names of a dotted path.
 * @throws CommandError 115 for a number as a name, which may mean an array's position, and for `$`, which none that is supported begins with
 */
export function pathParts(path) {
    const parts = path.split('.');
    const refused = parts.find((part) => /^(\d+$|\$)/.test(part));
    if (refused !== undefined)
        throw unsupported(`'${refused}' in the path '${path}'`);
    if (parts.includes(''))
        throw badValue(`The path '${path}' contains an empty field name`);
    return parts;
}
/**
 * Walks a path the way MongoDB's matcher does: the documents of arrays on the way are entered, an array at the end gives
 * its elements first and itself last, unless `wholeLeaf`. Returns whether the visitor ended the walk.
 */
export function visitPath(document, parts, wholeLeaf, visit, index = 0) {
    const value = document.get(parts[index] ?? '');
    if (index === parts.length - 1)
        return (isArray(value) && !wholeLeaf && value.some((element) => visit(element))) || visit(value);
    if (isDocument(value))
        return visitPath(value, parts, wholeLeaf, visit, index + 1);
    if (!isArray(value))
        return visit(undefined);
    return value.some((element) => isDocument(element) && visitPath(element, parts, wholeLeaf, visit, index + 1));
}
//# sourceMappingURL=path.js.map