// What people ask for, each as an async function of no arguments that promises how many things were got.
import { startTurn } from '../lib/turn-reader.mjs';
import { call } from '../tollgate-target.mjs';

const PAGE = 20;
const OPENED = 100;
export const WORKLOAD = 'n20-r0';
const TOKENS = 20;
/** Messages in what was found, else what is listed. */
const countOf = ({ data }) =>
  Array.isArray(data) ? data.reduce((sum, { matches }) => sum + (matches?.length || 1), 0) : 1;
/** The setting's default. */
const SESSIONS_PER_USER = 10_000;

/**
 * @param cursors as `findCursors` gives them
 * @param history the product's own store, for what a turn asks now and then only
 */
export function requestsOf(url, token, { userId, longSessionId, cursors, turns, history }) {
  const get =
    (path, check = ({ data }) => data.length > 0) =>
    async () => {
      const answer = await call(url, 'GET', path, token);
      if (!check(answer)) throw new Error(`${path}: ${JSON.stringify(answer).slice(0, 300)}`);
      return countOf(answer);
    };
  // A page may end behind a thousand entries, with nothing on it.
  const search = (words) => get(`/search?limit=${PAGE}&q=${encodeURIComponent(words)}`, () => true);
  const turn = (sessionId) => async () => {
    const { tokens } = await startTurn(url, token, WORKLOAD, { sessionId });
    if (tokens !== TOKENS) throw new Error(`${tokens} of ${TOKENS} tokens`);
    return 1;
  };
  const messages = `/sessions/${longSessionId}/messages`;
  const day = 24 * 3600 * 1000;
  /** On which the first were stored. */
  const today = new Date(Date.now() - 30 * day + 1_000_000).toISOString().slice(0, 10);
  const only = Math.floor(turns / 2 / 10) * 10;
  return {
    'sessions, first page': get(`/sessions?limit=${PAGE}`),
    'sessions, a page in the middle': get(`/sessions?limit=${PAGE}&after=${cursors.session}`),
    'a conversation is opened': async () => {
      await get(`/sessions/${longSessionId}`, ({ id }) => id === longSessionId)();
      return get(`${messages}?limit=${OPENED}`)();
    },
    'a page in its middle': get(`${messages}?limit=${PAGE}&after=${cursors.message}`),
    'search: a word of nearly every answer': search('answer'),
    'search: a word of one in a thousand': search('rare12'),
    'search: one answer’s own word': search(`only${only}`),
    'search: two words': search('answer rare12'),
    'search: two words of nearly every answer': search('answer found'),
    'search: three words': search('answer found rare12'),
    'search: the beginning of a word': search('rare1'),
    'search: nothing is found': get(
      `/search?q=${encodeURIComponent('nowhere answer')}`,
      ({ data }) => data.length === 0,
    ),
    'a turn in a new session': turn(undefined),
    'a turn in the long session': turn(longSessionId),
    'quota of sessions, every ten seconds at most': () => history.countSessions(userId, SESSIONS_PER_USER),
    'quota of stored bytes, every five minutes at most': () => history.sumStoredBytes(userId),
    balance: get('/accounting/balance', ({ available }) => available > 0),
    'transactions, first page': get(`/accounting/transactions?limit=${PAGE}`),
    'usage of the first day': get(`/accounting/usage?groupBy=day&from=${today}&to=${today}`, () => true),
    'usage of 30 days, by chatflow': get('/accounting/usage?groupBy=chatflow', () => true),
  };
}
