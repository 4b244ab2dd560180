import { documentOf, isArray, RegexValue, type Document, type Value } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { equalityFilter } from '../filter/parse.js';
import { planQuery } from '../index/planner.js';
import { splitPath, visitPath } from '../path.js';
import type { PipelineContext, Stage } from './stage.js';

/** Joins by equality: `as` becomes the array of foreign documents whose field equals the local one. */
export function lookupStage(specification: Document, context: PipelineContext): Stage {
  for (const name of specification.keys()) {
    if (!['from', 'localField', 'foreignField', 'as'].includes(name))
      throw unsupported(`the option '${name}' of $lookup`);
  }
  const [from, localField, foreignField, as] = ['from', 'localField', 'foreignField', 'as'].map((name) => {
    const value = specification.get(name);
    if (typeof value !== 'string') throw new CommandError(4572, `$lookup requires a string for '${name}'`);
    return value;
  });
  if (from === undefined || localField === undefined || foreignField === undefined || as === undefined)
    throw new CommandError(4572, '$lookup needs from, localField, foreignField and as');
  if (as.includes('.')) throw unsupported("a dotted 'as' of $lookup");
  const localParts = splitPath(localField);
  return {
    run: function* (input) {
      for (const document of input) {
        const foreign = context.catalog.find(context.database, from);
        const values = localValues(document, localParts);
        const found: Value[] = [];
        if (foreign && values.length > 0) {
          const filter = equalityFilter(foreignField, values);
          for (const match of foreign.find(planQuery(filter, [], foreign.indexes), filter))
            found.push(match.document);
        }
        yield new Map([...document, ...documentOf({ [as]: found })]);
      }
    },
  };
}

/** An array stands for its elements; a missing field for null. */
function localValues(document: Document, parts: readonly string[]): Value[] {
  const values: Value[] = [];
  let present = false;
  visitPath(document, parts, true, (value) => {
    if (value !== undefined) {
      present = true;
      values.push(...(isArray(value) ? value : [value]));
    }
    return false;
  });
  if (values.some((value) => value instanceof RegexValue))
    throw unsupported('$lookup by regular expressions');
  return present ? values : [null];
}
