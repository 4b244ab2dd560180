// What the bench of a million messages has found, as tables.
import { toTable } from '../lib/report.mjs';
import { percentile } from '../lib/stats.mjs';

/** Documents looked at for each that is returned. */
const MOST_LOOKED_AT = 3;

/**
 * The report of what is known so far.
 * @param counts of messages, as many as were asked for
 * @param asked how often each request was asked at most
 */
export function sectionsOf({ counts: all, asked, times, waits, looks, lookUps, sizes }) {
  const counts = all.slice(0, sizes.length);
  const columns = counts.map((count) => count.toLocaleString('en'));
  const timeRows = [...times].map(([name, of]) => [
    name,
    ...of.flatMap((values) => [percentile(values, 0.5), percentile(values, 0.99)]),
    percentile(of.at(-1), 0.5) / percentile(of[0], 0.5),
  ]);
  const lookRows = [...lookUps.values()].map(({ name, shape, of }) => {
    const explained = counts.map((count) => of.get(count));
    const most = explained.at(-1);
    return [
      name,
      shape,
      most?.index ?? '–',
      ...explained.map((one) =>
        one === undefined ? '–' : `${one.keys} / ${one.documents} / ${one.returned}`,
      ),
      judge(most),
    ];
  });
  const sizesText = sizes
    .map(
      ({ total, sessions, longMessages }) =>
        `Of ${total.toLocaleString('en')} messages the user who asks has ${sessions.toLocaleString('en')} sessions; one of them has ${longMessages.toLocaleString('en')} messages.`,
    )
    .join(' ');
  return [
    {
      title: 'Time of requests',
      text: `Milliseconds through HTTP, ${asked} of each or as many as six seconds allow, one after the other; client, product and what listens to its commands are one process, the database another. ${sizesText}`,
      table: toTable(
        ['', ...columns.flatMap((count) => [`${count} p50`, `${count} p99`]), 'p50 ÷ p50'],
        timeRows,
      ),
    },
    {
      title: 'What others wait for',
      text: 'How long something takes that reads all rows of the ledger, and beside it a balance, again and again with ten milliseconds in between; milliseconds.',
      table: toTable(
        ['beside', ...columns.flatMap((count) => [`${count} takes`, 'p50', 'p99', 'longest'])],
        [...waits].map(([name, of]) => [
          name,
          ...of.flatMap(({ longMs, waited }) => [
            longMs,
            ...[0.5, 0.99, 1].map((share) => percentile(waited, share)),
          ]),
        ]),
      ),
    },
    {
      title: 'What a whole request looks at',
      text: 'Commands that look for something / documents that they look at, all together / what the request gives: entries of a list, messages that were found, or one.',
      table: toTable(
        ['', ...columns],
        [...looks].map(([name, of]) => [
          name,
          ...of.map(({ commands, documents, results }) => `${commands} / ${documents} / ${results}`),
        ]),
      ),
    },
    {
      title: 'What each command looks at',
      text: `Every command on the wire that looks for something, an update’s filter as the \`find\` of the same. Keys of the index / documents / results, as \`explain\` counts them. The last column says when more than ${MOST_LOOKED_AT} documents were looked at for each result.`,
      table: toTable(['request', 'command', 'index', ...columns, ''], lookRows),
    },
  ];
}

function judge(most) {
  if (most === undefined) return '';
  const words = [];
  if (most.index === 'none') words.push('no index');
  if (most.isSorted) words.push('sorted');
  if (most.documents > MOST_LOOKED_AT * Math.max(1, most.returned)) words.push('looks at many');
  return words.join(', ');
}
