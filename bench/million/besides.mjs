// What a stored turn leaves beside its messages: the entry that it is found by, and its rows of the ledger.
import { setImmediate as immediate } from 'node:timers/promises';
import { orderOf } from '../../dist/chat/search/search-index.store.port.js';
import { termsOf } from '../../dist/chat/search/terms.js';

/** Of these each answer has some, as texts have them: a few nearly everywhere, many now and then. */
const COMMON = 'the answer is that this one of them was said to be more than what they have found'.split(' ');
const VOCABULARY = 20_000;
const WORDS = 24;

/** The same for a number in each run. About 150 characters, with a word that one answer in a thousand has, and one of its own. */
export function answerOf(turn) {
  const words = Array.from({ length: WORDS }, (_, at) => {
    if (at % 2 === 0) return COMMON[(turn + at / 2) % COMMON.length];
    // More often a low number: its square.
    const share = (((turn * 7919 + at * 104729) % 9973) / 9973) ** 2;
    return `w${Math.floor(share * VOCABULARY).toString(36)}`;
  });
  return `${words.join(' ')} rare${turn % 997} only${turn}.`;
}

/** The other documents of a turn, by collection. @param messages its question and its answer */
export async function besides({ _id, tenantId, userId, accountId, sessionId, chatflowId }, messages) {
  const [question, answer] = messages;
  const terms = await termsOf(
    messages.map(({ content }) => content),
    immediate,
  );
  const row = (kind, amount, createdAt) => ({
    _id: `${_id}:${accountId}:${kind}`,
    ...{ tenantId, accountId, kind, amount, turnId: _id, chatflowId, createdAt },
  });
  return {
    search_entries: [
      {
        ...{ _id, tenantId, userId, sessionId, kind: 'turn', terms },
        messageIds: messages.map((message) => message._id),
        order: orderOf(answer.createdAt, _id),
      },
    ],
    credit_transactions: [
      row('hold', 1, question.createdAt),
      { ...row('capture', 1, answer.createdAt), outcome: 'completed' },
    ],
  };
}
