// Stored turns as the product would have left them: two messages and a turn record each, in sessions of several users.
// One session has a tenth of all messages; of the others (20 messages each) the first user has three in five.
import { figure } from './stats.mjs';
import { progress } from './progress.mjs';

const TURNS_PER_SESSION = 10;
const TURNS_PER_BATCH = 1000;
const LONG_EVERY = 10;
const REPORT_EVERY_MS = 10_000;
const DAY_MS = 24 * 3600 * 1000;
const ANSWER = 'An answer of ordinary length, with a few sentences in it. '.repeat(7);
/** A workload of the upstream, so that the sessions can be gone on with. */
const CHATFLOW = 'n20-r0';
const TENANT = 'default';

/** The turn that is this one among those that are not of the long session. */
const turnOf = (other) => other + Math.floor(other / (LONG_EVERY - 1)) + 1;

/** Ids that sort by time, like the product's. */
const idOf = (kind, number, atMs) => {
  const time = atMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${kind}-8000-${number.toString(16).padStart(12, '0')}`;
};

/**
 * Adds stored messages until there are `total`; what earlier calls for the same data folder added stays.
 * @param from how many there are by earlier calls
 * @param epochMs when the first was stored; the same in all calls
 * @param accountOf the account that pays for a user's turns
 * @param answerOf what is answered to a turn's number
 * @param besides promises further documents of a turn, by collection
 * @returns the long session's id and how many messages it has
 */
export async function seedMessages(
  db,
  {
    userIds,
    from = 0,
    total,
    epochMs,
    accountOf = (userId) => userId,
    answerOf = () => ANSWER,
    besides = () => Promise.resolve({}),
  },
) {
  const turnMs = (turn) => epochMs + turn * 1000;
  const longSessionId = idOf('fff', 0, epochMs);
  const sessions = db.collection('chat_sessions');
  // Turns may have been added to it by somebody else meanwhile.
  const longSession = { _id: `${userIds[0]}/${longSessionId}`, userId: userIds[0] };
  let longMessages = (await sessions.findOne(longSession))?.messageCount ?? 0;
  const startedAt = performance.now();
  let reportedAt = startedAt;
  for (let first = from / 2; first < total / 2; first += TURNS_PER_BATCH) {
    const batch = { chat_messages: [], turns: [], chat_sessions: [] };
    const end = Math.min(first + TURNS_PER_BATCH, total / 2);
    for (let turn = first; turn < end; turn++) addTurn(batch, turn);
    for (const [index, turn] of batch.turns.entries()) {
      const messages = batch.chat_messages.slice(2 * index, 2 * index + 2);
      for (const [name, documents] of Object.entries(await besides(turn, messages)))
        (batch[name] ??= []).push(...documents);
    }
    for (const [name, documents] of Object.entries(batch))
      if (documents.length > 0) await db.collection(name).insertMany(documents, { ordered: false });
    const now = performance.now();
    if (now - reportedAt < REPORT_EVERY_MS) continue;
    reportedAt = now;
    const perSecond = (2 * end - from) / ((now - startedAt) / 1000);
    progress(
      `seeded ${2 * end} of ${total} messages, ${figure(perSecond)}/s, ${figure((total - 2 * end) / perSecond)} s to go`,
    );
  }
  await sessions.updateOne(longSession, {
    $set: { messageCount: longMessages, updatedAt: new Date(turnMs(total / 2)) },
  });
  return { longSessionId, longMessages };

  function addTurn(batch, turn) {
    const isLong = turn % LONG_EVERY === 0;
    const other = turn - Math.floor(turn / LONG_EVERY) - 1;
    const number = isLong ? 0 : 1 + Math.floor(other / TURNS_PER_SESSION);
    const place = isLong ? longMessages / 2 : other % TURNS_PER_SESSION;
    if (isLong) longMessages += 2;
    const sessionId = isLong ? longSessionId : idOf('abc', number, turnMs(turnOf(other - place)));
    const userId = isLong || number % 5 < 3 ? userIds[0] : userIds[1 + (number % (userIds.length - 1))];
    const [turnId, userMessageId, messageId] = ['001', '002', '003'].map((kind) =>
      idOf(kind, turn, turnMs(turn)),
    );
    const [startedAt, endedAt] = [new Date(turnMs(turn)), new Date(turnMs(turn) + 500)];
    const answer = answerOf(turn);
    const question = `Question ${turn} of somebody who wants to know`;
    if (place === 0) {
      batch.chat_sessions.push({
        _id: `${userId}/${sessionId}`,
        tenantId: TENANT,
        chatflowId: CHATFLOW,
        createdAt: startedAt,
        lastTurnId: turnId,
        // Counted when it is full; only the next turn in it looks.
        messageCount: 2 * TURNS_PER_SESSION,
        supersededCount: 0,
        sessionId,
        topic: question,
        updatedAt: endedAt,
        userId,
      });
    }
    const owner = { tenantId: TENANT, userId };
    const shared = { ...owner, sessionId, turnId, chatflowId: CHATFLOW, status: 'completed' };
    batch.chat_messages.push(
      {
        ...shared,
        _id: userMessageId,
        role: 'user',
        content: question,
        position: 2 * place,
        // Only a branch looks for it.
        parentId: null,
        createdAt: startedAt,
      },
      {
        ...shared,
        _id: messageId,
        role: 'assistant',
        content: answer,
        position: 2 * place + 1,
        parentId: userMessageId,
        createdAt: endedAt,
      },
    );
    batch.turns.push({
      _id: turnId,
      ...owner,
      accountId: accountOf(userId),
      requestHash: turnId,
      position: 2 * place,
      sessionId,
      chatflowId: CHATFLOW,
      provider: 'flowise',
      question,
      price: 1,
      chatflowVersion: 1,
      chargeOnStop: true,
      onDisconnect: 'continue',
      userMessageId,
      messageId,
      startedAt,
      status: 'completed',
      settlement: {
        outcome: 'completed',
        charge: 'capture',
        stores: true,
        measures: {
          firstTokenMs: 36,
          textEvents: 20,
          characters: answer.length,
          repairedEvents: 0,
          retries: 0,
        },
        position: answer.length + 1,
        endedAt,
      },
      charged: 1,
    });
  }
}

/** Old enough that what is stored now is newer. */
export const seedEpochMs = () => Date.now() - 30 * DAY_MS;
