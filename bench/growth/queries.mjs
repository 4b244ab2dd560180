// The history's queries as the product's stores ask them, for `explain()`, and the places in the middle of the lists.
import { toTable } from '../lib/report.mjs';

export const PAGE = 20;
const SESSIONS_SORT = { updatedAt: -1, _id: -1 };

/** Cursors of the product's REST lists that stand in the middle. @returns them, and what they say */
export async function findCursors(db, userId, { longMessages }) {
  const sessions = db.collection('chat_sessions');
  const half = Math.floor((await sessions.countDocuments({ userId })) / 2);
  const first = await sessions
    .find({ userId }, { projection: { updatedAt: 1, sessionId: 1 } })
    .sort(SESSIONS_SORT)
    .limit(Math.max(1, half))
    .toArray();
  const middle = first.at(-1);
  const position = Math.floor(longMessages / 2);
  return {
    session: encode([middle.updatedAt.getTime(), middle.sessionId]),
    message: encode(position),
    middle,
    position,
  };
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** @returns a table of the index that each query uses, and what `explain` says about documents */
export async function explainQueries(db, userId, { longSessionId }, { middle, position }) {
  const sessions = db.collection('chat_sessions');
  const messages = db.collection('chat_messages');
  const turns = db.collection('turns');
  const { updatedAt, _id } = middle;
  const listed = await sessions.find({ userId }).sort(SESSIONS_SORT).limit(PAGE).toArray();
  const behind = {
    updatedAt: { $lte: updatedAt },
    $or: [{ updatedAt: { $lt: updatedAt } }, { updatedAt, _id: { $lt: _id } }],
  };
  const ofSession = { userId, sessionId: longSessionId };
  const inOrder = { userId: 1, sessionId: 1, position: 1 };
  const { messageCount } = await sessions.findOne({ _id: `${userId}/${longSessionId}`, userId });
  const page = (after) =>
    messages
      .find({ ...ofSession, position: { $gte: after + 1, $lte: messageCount - 1 } })
      .sort(inOrder)
      .limit(PAGE + 1);
  // As if every turn had been asked three times, and gone on from the first time.
  const turns3 = Array.from({ length: (PAGE + 2) / 2 }, (_, turn) => position - (position % 2) - 6 * turn);
  const branch = turns3.flatMap((at) => [at, at + 1]).slice(0, PAGE + 1);
  const neighbours = turns3.flatMap((at) => [at + 2, at + 4]);
  const queries = {
    'session list, first page': sessions
      .find({ userId })
      .sort(SESSIONS_SORT)
      .limit(PAGE + 1),
    'session list, a page in its middle': sessions
      .find({ userId, ...behind })
      .sort(SESSIONS_SORT)
      .limit(PAGE + 1),
    'running turns of the listed sessions': turns.find({
      sessionId: { $in: listed.map((session) => session.sessionId) },
      status: 'running',
      userId,
    }),
    'one session': sessions.find({ _id: `${userId}/${longSessionId}`, userId }).limit(1),
    'messages, first page': page(-1),
    'messages, a page in the middle': page(position),
    'messages of a branch that forks at each turn': messages
      .find({ ...ofSession, position: { $in: branch } })
      .sort(inOrder)
      .limit(PAGE + 1),
    'ids of their siblings': messages.find({ ...ofSession, position: { $in: neighbours } }),
    'turns without messages among them': turns
      .find({
        ...ofSession,
        position: { $in: branch.map((at) => at + 1) },
        'settlement.stores': false,
      })
      .sort({ ...inOrder, _id: 1 })
      .limit(100),
    'the last messages': messages
      .find({ ...ofSession, position: { $gte: messageCount - PAGE, $lte: messageCount - 1 } })
      .sort(inOrder),
  };
  const rows = [];
  for (const [name, query] of Object.entries(queries)) {
    const explained = await query.explain('executionStats');
    const stages = stagesOf(explained.queryPlanner.winningPlan);
    const scan = stages.at(-1);
    const { totalKeysExamined, totalDocsExamined, nReturned } = explained.executionStats ?? {};
    rows.push([
      name,
      stages.map(({ stage }) => stage).join(' ← '),
      scan.indexName ?? (scan.stage === 'IDHACK' ? '_id' : '–'),
      ...[totalKeysExamined, totalDocsExamined, nReturned].map((count) => (count ?? '–').toString()),
    ]);
  }
  return {
    text: 'What `explain()` says of each query at the largest number of messages. Keys and documents examined are only told by a database that knows them ("–" otherwise).',
    table: toTable(['query', 'plan', 'index', 'keys examined', 'documents examined', 'returned'], rows),
  };
}

function stagesOf(plan) {
  return plan.inputStage === undefined ? [plan] : [plan, ...stagesOf(plan.inputStage)];
}
