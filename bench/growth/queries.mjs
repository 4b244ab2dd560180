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
  const shown = { userId, sessionId: longSessionId, supersededBy: { $exists: false } };
  const page = (after) =>
    messages
      .find({ ...shown, position: { $gt: after } })
      .sort({ userId: 1, sessionId: 1, position: 1 })
      .limit(PAGE + 1);
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
    'the last messages': messages.find(shown).sort({ userId: -1, sessionId: -1, position: -1 }).limit(PAGE),
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
