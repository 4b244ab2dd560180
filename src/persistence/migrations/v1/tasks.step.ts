import { batches, rekey, writeAll } from '../batches.js';
import type { MigrationContext, MigrationStep } from '../migration.js';
import type { RawRecord } from '../raw-record.js';
import { found, ownersOf } from './owners.js';
import { countLeft, NOT_DONE, TENANT, textOf } from './records.js';

/** The assistant's tasks and the numbers given out for them; both carry the user in their id. */
export const TASK_STEPS: readonly MigrationStep[] = [
  {
    name: 'tasks',
    describe: 'tasks of the assistant name their user by own id',
    count: (context) => countLeft(context, 'assistant_tasks'),
    run: async (context) => {
      for await (const tasks of batches(context, 'assistant_tasks', NOT_DONE)) {
        const userOf = (task: RawRecord): string => textOf(task, 'userId');
        const owners = await ownersOf(context, tasks.map(userOf));
        await moveTo(context, 'assistant_tasks', tasks, (task) => {
          const { userId } = found(owners, userOf(task));
          return { ...task, _id: `${userId}:${String(task.number)}`, tenantId: TENANT, userId };
        });
      }
    },
  },
  {
    name: 'task numbers',
    describe: 'counters of tasks are found by own id',
    count: (context) => countLeft(context, 'assistant_counters'),
    run: async (context) => {
      for await (const counters of batches(context, 'assistant_counters', NOT_DONE)) {
        const owners = await ownersOf(
          context,
          counters.map(({ _id }) => _id),
        );
        await moveTo(context, 'assistant_counters', counters, (counter) => ({
          ...counter,
          _id: found(owners, counter._id).userId,
          tenantId: TENANT,
        }));
      }
    },
  },
];

/** Records whose id stays are changed in place. */
async function moveTo(
  context: MigrationContext,
  collection: string,
  records: readonly RawRecord[],
  changed: (record: RawRecord) => RawRecord,
): Promise<void> {
  const pairs = records.map((record) => ({ from: record._id, to: changed(record) }));
  await writeAll(
    context,
    collection,
    pairs
      .filter(({ from, to }) => from === to._id)
      .map(({ from, to }) => ({ replaceOne: { filter: { _id: from }, replacement: withoutId(to) } })),
  );
  await rekey(
    context,
    collection,
    pairs.filter(({ from, to }) => from !== to._id),
  );
}

function withoutId({ _id: _, ...fields }: RawRecord): Omit<RawRecord, '_id'> {
  return fields;
}
