import { integerOf } from '../../bson/numbers.js';
import {
  documentOf,
  int32,
  isArray,
  isDocument,
  isNumber,
  type Document,
  type Value,
} from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { parseExpression } from '../expression/parse.js';
import { matches } from '../filter/match.js';
import { parseFilter } from '../filter/parse.js';
import { typeName } from '../filter/tests.js';
import { parseProjection, type ProjectionDialect } from '../projection.js';
import { parseSort } from '../sort.js';
import { valueText } from '../value-text.js';
import { groupStage } from './group.js';
import { lookupStage } from './lookup.js';
import type { PipelineContext, Stage } from './stage.js';
import { sortStage } from './sort-stage.js';
import { unwindStage } from './unwind.js';

/** Compiles one stage, of those that hold no pipelines themselves. @throws CommandError as MongoDB, 115 for stages outside the subset */
export function parseStage(name: string, specification: Value, context: PipelineContext): Stage {
  switch (name) {
    case '$match':
      return matchStage(objectOf(name, specification));
    case '$group':
      return groupStage(objectOf(name, specification), context.now);
    case '$sort': {
      const sort = parseSort(objectOf(name, specification));
      if (sort.length === 0) throw new CommandError(15976, '$sort stage must have at least one sort key');
      return { sort, run: (input) => sortStage(sort, input) };
    }
    case '$skip':
    case '$limit':
      return countingStage(name, specification);
    case '$project':
      return projectionStage(objectOf(name, specification), '$project', context.now);
    case '$addFields':
    case '$set':
      return projectionStage(objectOf(name, specification), '$addFields', context.now);
    case '$unset':
      return projectionStage(unsetFields(specification), '$project', context.now);
    case '$count':
      return countStage(specification);
    case '$unwind':
      return unwindStage(specification);
    case '$lookup':
      return lookupStage(objectOf(name, specification), context);
    case '$replaceRoot':
    case '$replaceWith':
      return replaceRootStage(name, specification, context.now);
    default:
      throw unsupported(`the aggregation stage ${name}`);
  }
}

/** @throws CommandError when a stage's specification is no object */
export function objectOf(name: string, value: Value): Document {
  if (isDocument(value)) return value;
  throw new CommandError(15959, `the ${name} specification must be an object, but found ${typeName(value)}`);
}

function matchStage(specification: Document): Stage {
  const node = parseFilter(specification);
  return {
    match: specification,
    run: function* (input) {
      for (const document of input) if (matches(node, document)) yield document;
    },
  };
}

function countingStage(name: '$skip' | '$limit', specification: Value): Stage {
  const count = isNumber(specification) ? integerOf(specification) : undefined;
  if (count === undefined || count < 0)
    throw new CommandError(
      name === '$limit' ? 5107201 : 5107200,
      `invalid argument to ${name} stage: Expected a non-negative integer in: ${name}: ${valueText(specification)}`,
    );
  if (name === '$limit' && count === 0) throw new CommandError(15958, 'the limit must be positive');
  return {
    limit: name === '$limit' ? count : undefined,
    run: function* (input) {
      let position = 0;
      for (const document of input) {
        position++;
        if (name === '$skip' ? position > count : position <= count) yield document;
        if (name === '$limit' && position >= count) return;
      }
    },
  };
}

function projectionStage(specification: Document, dialect: ProjectionDialect, now: number): Stage {
  const project = parseProjection(specification, dialect);
  if (!project) {
    if (dialect === '$project')
      throw new CommandError(
        51272,
        'Invalid $project :: caused by :: projection specification must have at least one field',
      );
    return { run: (input) => input };
  }
  return {
    run: function* (input) {
      for (const document of input) yield project(document, now);
    },
  };
}

function unsetFields(specification: Value): Document {
  const names = isArray(specification) ? specification : [specification];
  if (names.length === 0 || names.some((name) => typeof name !== 'string' || name === '')) {
    throw new CommandError(
      31002,
      '$unset specification must be a string or an array containing only string values',
    );
  }
  return new Map(names.map((name) => [name as string, false]));
}

function countStage(specification: Value): Stage {
  if (typeof specification !== 'string' || specification === '')
    throw new CommandError(40156, 'the count field must be a non-empty string');
  if (specification.startsWith('$'))
    throw new CommandError(40158, 'the count field cannot be a $-prefixed path');
  if (specification.includes('.')) throw new CommandError(40160, "the count field cannot contain '.'");
  return {
    run: function* (input) {
      let count = 0;
      for (const _ of input) count++;
      if (count > 0) yield documentOf({ [specification]: int32(count) });
    },
  };
}

function replaceRootStage(name: string, specification: Value, now: number): Stage {
  const newRoot = name === '$replaceWith' ? specification : objectOf(name, specification).get('newRoot');
  if (newRoot === undefined)
    throw new CommandError(40414, "BSON field '$replaceRoot.newRoot' is missing but a required field");
  if (name === '$replaceRoot') {
    const other = [...objectOf(name, specification).keys()].find((key) => key !== 'newRoot');
    if (other !== undefined) throw unsupported(`the option '${other}' of $replaceRoot`);
  }
  const expression = parseExpression(newRoot);
  return {
    run: function* (input) {
      for (const root of input) {
        const value = expression({ root, now });
        if (!isDocument(value)) {
          throw new CommandError(
            40228,
            `'newRoot' expression must evaluate to an object, but resulting value was: ${value === undefined ? 'MISSING' : valueText(value)}. Type of resulting value: '${typeName(value)}'.`,
          );
        }
        yield value;
      }
    },
  };
}
