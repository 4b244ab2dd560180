import { documentOf, int32, type Document } from '../bson/values.js';
import type { Examined } from '../engine/collection.js';
import { coverageOf } from '../engine/index/coverage.js';
import { planQuery, type Plan } from '../engine/index/planner.js';
import { unsupported } from '../errors.js';
import { Arguments } from '../engine/arguments.js';
import { reads } from './context.js';
import { answers } from './query.js';
import { FIND_OPTIONS, parseFind, type FindPlan } from './read.js';

const EXPLAINED_OPTIONS = ['find', 'lsid', '$db', ...FIND_OPTIONS];

/** Shows the index that a find uses and, unless only the plan is asked for, what it looks at. */
export const explain = reads(['verbosity'], (context, args) => {
  const inner = args.document('explain');
  const [name] = inner.keys();
  if (name !== 'find') throw unsupported(`explain of ${name ?? 'nothing'}`);
  const plan = parseFind(context, new Arguments(inner, 'find', EXPLAINED_OPTIONS));
  const chosen = plan.collection && planQuery(plan.filter, plan.sort ?? [], plan.collection.indexes);
  return documentOf({
    queryPlanner: documentOf({
      namespace: plan.namespace,
      winningPlan: describePlan(chosen, chosen && coverageOf(chosen, plan.filter, plan.names) !== undefined),
    }),
    executionStats: args.value('verbosity') === 'queryPlanner' ? undefined : execute(plan),
  });
});

function describePlan(chosen: Plan | undefined, isCovered = false): Document {
  const scan = chosen?.index
    ? documentOf({
        stage: 'IXSCAN',
        indexName: chosen.index.definition.name,
        keyPattern: chosen.index.definition.specification.get('key'),
        isMultiKey: chosen.index.arrays !== 0,
        direction: chosen.descending ? 'backward' : 'forward',
      })
    : documentOf({ stage: chosen ? 'COLLSCAN' : 'EOF' });
  const stage = isCovered ? 'PROJECTION_COVERED' : 'FETCH';
  const fetch = chosen?.index ? documentOf({ stage, inputStage: scan }) : scan;
  return chosen && !chosen.sorted ? documentOf({ stage: 'SORT', inputStage: fetch }) : fetch;
}

function execute(plan: FindPlan): Document {
  const examined: Examined = { keys: 0, documents: 0 };
  let returned = 0;
  if (plan.collection) for (const _ of answers(plan.collection, { ...plan, examined })) returned++;
  return documentOf({
    nReturned: int32(returned),
    totalKeysExamined: int32(examined.keys),
    totalDocsExamined: int32(examined.documents),
  });
}
