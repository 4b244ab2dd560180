// What a request asks of the database, seen on the wire, and what each of these commands looks at.
const UNIMPORTANT = ['hello', 'ping', 'endSessions', 'explain', 'listIndexes'];

/** Starts to look at a client's commands. @returns `take`: those since it was last called */
export function watchCommands(client) {
  let seen = [];
  client.on('commandStarted', ({ commandName, command }) => {
    if (!UNIMPORTANT.includes(commandName))
      seen.push({ name: commandName, command: structuredClone(command) });
  });
  return {
    take: () => {
      const taken = seen;
      seen = [];
      return taken;
    },
  };
}

/** How many batches came behind the first, of what was read some at a time: each looks at no more than the first. */
export function piecesOf(commands) {
  return commands.filter(({ name }) => name === 'getMore').length;
}

/** Every filter of a command as the `find` that looks for the same; an insert has none. */
export function lookUpsOf({ name, command }) {
  const collection = String(command[name]);
  const one = (filter, more = {}) => ({ name, find: { find: collection, filter, ...more } });
  switch (name) {
    case 'find': {
      const { filter = {}, sort, skip, projection, batchSize } = command;
      // What one command looks at is explained, as it is asked: all of it may be too much for one.
      const limit = command.limit ?? batchSize;
      return [one(filter, defined({ sort, limit, skip, projection }))];
    }
    // As many as the batch before, of which `piecesOf` knows.
    case 'getMore':
      return [];
    case 'aggregate':
      return [ofPipeline(collection, command.pipeline)];
    case 'count':
    case 'distinct':
      return [one(command.query ?? {}, defined({ limit: command.limit }))];
    case 'findAndModify':
      return [one(command.query ?? {}, defined({ sort: command.sort, limit: 1 }))];
    case 'update':
      return command.updates.map(({ q, multi }) => one(q, multi ? {} : { limit: 1 }));
    case 'delete':
      return command.deletes.map(({ q, limit }) => one(q, limit ? { limit } : {}));
    case 'bulkWrite':
      return command.ops
        .filter(({ filter }) => filter !== undefined)
        .map(({ update, delete: deleted, filter, multi }) => ({
          name: `bulkWrite: ${update === undefined ? 'delete' : 'update'}`,
          find: {
            find: command.nsInfo[Number(update ?? deleted)].ns.split('.').at(-1),
            filter,
            ...(multi ? {} : { limit: 1 }),
          },
        }));
    case 'insert':
      return [];
    default:
      throw new Error(`What does ${name} look for?`);
  }
}

/** The stages in front of the first that makes something else of the documents. */
function ofPipeline(collection, pipeline) {
  const find = { find: collection, filter: {} };
  for (const stage of pipeline) {
    const [[kind, value]] = Object.entries(stage);
    if (kind === '$match') find.filter = value;
    else if (kind === '$sort' || kind === '$limit' || kind === '$skip') find[kind.slice(1)] = value;
    else break;
  }
  return { name: 'aggregate', find };
}

const defined = (fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** The same for look-ups that differ in their values only. */
export function shapeOf({ name, find }) {
  const fields = Object.keys(find.filter).join(', ');
  const keys = find.sort instanceof Map ? [...find.sort.keys()] : Object.keys(find.sort ?? {});
  const order = keys.length === 0 ? '' : `, in the order of ${keys.join(', ')}`;
  return `${name} ${find.find} by ${fields || 'nothing'}${order}`;
}

/** @returns the index, and how many keys and documents were looked at for how many results */
export async function explain(db, { find }) {
  const { queryPlanner, executionStats } = await db.command({ explain: find, verbosity: 'executionStats' });
  const stages = [];
  for (let stage = queryPlanner.winningPlan; stage !== undefined; stage = stage.inputStage)
    stages.push(stage);
  const scan = stages.at(-1);
  return {
    index: scan.indexName ?? (scan.stage === 'EOF' ? 'no collection' : 'none'),
    isSorted: stages.some(({ stage }) => stage === 'SORT'),
    keys: Number(executionStats.totalKeysExamined),
    documents: Number(executionStats.totalDocsExamined),
    returned: Number(executionStats.nReturned),
  };
}
