import { documentOf, int32, type Document } from '../bson/values.js';
import { unsupported } from '../errors.js';
import type { Examined } from '../engine/collection.js';
import type { Plan } from '../engine/index/planner.js';
import { Arguments } from './arguments.js';
import type { Command } from './context.js';
import { withinTime } from './deadline.js';
import { planFor, select } from './query.js';
import { parseFind, type FindPlan } from './read.js';

const NOTHING: Document = new Map();

/** Shows the index that a find uses and, unless only the plan is asked for, what it looks at. */
const explain: Command = {
  writes: false,
  run: (context, args) => {
    const inner = args.document('explain') ?? NOTHING;
    const verbosity = args.value('verbosity') ?? 'allPlansExecution';
    args.finish();
    const [name] = inner.keys();
    if (name !== 'find') throw unsupported(`explain of ${name ?? 'nothing'}`);
    const plan = parseFind(context, new Arguments(inner, 'find'));
    const chosen = plan.collection && planFor(plan.collection, plan.filter, plan.sort, plan.hint);
    return documentOf({
      queryPlanner: documentOf({
        namespace: plan.namespace,
        winningPlan: describePlan(chosen),
        rejectedPlans: [],
      }),
      executionStats: verbosity === 'queryPlanner' ? undefined : execute(plan),
    });
  },
};

function describePlan(chosen: Plan | undefined): Document {
  const scan = chosen?.index
    ? documentOf({
        stage: 'IXSCAN',
        indexName: chosen.index.definition.name,
        keyPattern: chosen.index.definition.specification.get('key'),
        isMultiKey: chosen.index.multikey,
        direction: chosen.descending ? 'backward' : 'forward',
      })
    : documentOf({ stage: chosen ? 'COLLSCAN' : 'EOF' });
  const fetch = chosen?.index ? documentOf({ stage: 'FETCH', inputStage: scan }) : scan;
  return chosen && !chosen.sorted ? documentOf({ stage: 'SORT', inputStage: fetch }) : fetch;
}

function execute(plan: FindPlan): Document {
  const examined: Examined = { keys: 0, documents: 0 };
  const startedAt = performance.now();
  let returned = 0;
  if (plan.collection) {
    const found = withinTime(select(plan.collection, { ...plan, examined }), plan.maxTimeMS);
    for (const _ of found) returned++;
  }
  return documentOf({
    executionSuccess: true,
    nReturned: int32(returned),
    executionTimeMillis: int32(Math.round(performance.now() - startedAt)),
    totalKeysExamined: int32(examined.keys),
    totalDocsExamined: int32(examined.documents),
  });
}

export const explainCommands: Record<string, Command> = { explain };
