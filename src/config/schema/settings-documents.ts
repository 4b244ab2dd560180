import type { ConcernSettings } from '../settings/all-settings.js';
import type { Setting } from './setting.js';
import { fileNameOf } from './settings-reader.js';

const COLUMNS = 140;
const HEADING_COLUMNS = 131;

const INTRODUCTION = [
  'Every setting of Tollgate with its default. Copy this file to `.env` and uncomment what you change: what stands in the environment wins over `.env`. A wrong or missing value stops the start with the name of every setting that is wrong.',
  '',
  'Nothing has to be set to try Tollgate. In production (NODE_ENV=production) MONGODB_URI and JWT_SECRET (or OWN_ACCOUNTS=off) are required.',
  '',
];
const MADE_BY = 'Made by `npm run config:docs` from src/config/settings: change it there.';

/** The text of `.env.example`: every documented setting, commented out. */
export function envExample(concerns: readonly ConcernSettings[]): string {
  const secrets = documented(concerns.map(({ settings }) => Object.values(settings)).flat())
    .filter(({ isSecret }) => isSecret)
    .map(({ name }) => name);
  const files = `Any secret may also come from a file, as containers mount them: ${fileNameOf('NAME')}=/run/secrets/name. Secrets are ${listOf(secrets)}.`;
  const head = [...INTRODUCTION, files, '', MADE_BY].flatMap((paragraph) => commentOf(paragraph));
  const sections = concerns.map(({ title, settings }) =>
    [
      `# --- ${title} `.padEnd(HEADING_COLUMNS, '-'),
      '',
      ...documented(Object.values(settings)).flatMap((one) => [
        ...commentOf(`${one.isSecret ? 'Secret. ' : ''}${one.about} ${sentenceOf(one)}`),
        `# ${one.name}=${one.shown}`,
      ]),
    ].join('\n'),
  );
  return `${[head.join('\n'), ...sections].join('\n\n')}\n`;
}

/** The text of docs/operating/settings.md. */
export function settingsPage(concerns: readonly ConcernSettings[]): string {
  const sections = concerns.map(({ title, settings }) => {
    const rows = documented(Object.values(settings)).map((one) => [
      `\`${one.name}\``,
      one.shown === '' ? '' : `\`${one.shown}\``,
      formOf(one),
      `${one.about}${one.isSecret ? ` Secret: may come from \`${fileNameOf(one.name)}\`.` : ''}${
        one.needs === undefined ? '' : ` Does nothing without \`${one.needs}\`.`
      }`,
    ]);
    return `## ${title}\n\n${table([['Setting', 'Default', 'What it may be', 'What it does'], ...rows])}`;
  });
  return `${['# Settings', ...PAGE_TEXT, ...sections].join('\n\n')}\n`;
}

const PAGE_TEXT = [
  `<!-- ${MADE_BY} -->`,
  'All come from the environment, or from `.env` in the working directory for what the environment does not set; [.env.example](../../.env.example) is\nthe same list in that form. An empty value is unset. A value that is wrong stops the start; the message names every setting that is wrong, never a value.',
  [
    'Names that are no settings but look like ours are reported:',
    '',
    '- A name within two slips of a setting (one for names shorter than ten letters), with another unit at its end, in lower case or with `-` for `_`,',
    '  while the setting itself is unset: in production this stops the start, elsewhere it is a warning in the log. A misspelt `NODE_ENV` always stops it,',
    '  and any of them stops `npm run db:migrate` and `npm run db:indexes`.',
    '- The same while the setting is set, and any other name that begins as our settings do (`UPSTREAM_…`, `TURN_…`, `JWT_…`): a warning in the log. Names that',
    '  Kubernetes and Docker make for services (`FLOWISE_SERVICE_HOST`) are not reported.',
    '- A key or name of an upstream whose address is not set: a warning in the log.',
  ].join('\n'),
] as const;

const documented = (settings: readonly Setting<unknown>[]): readonly Setting<unknown>[] =>
  settings.filter(({ isHidden }) => !isHidden);

function formOf({ kind: { form, range } }: Setting<unknown>): string {
  if (range?.unit === undefined) return form;
  return `${range.unit}, ${range.min} to ${range.max}`;
}

function sentenceOf(one: Setting<unknown>): string {
  const form = formOf(one);
  return `${form.charAt(0).toUpperCase()}${form.slice(1)}.`;
}

const listOf = (names: readonly string[]): string =>
  `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;

/** A paragraph as lines of comment, none longer than the rest of the project's lines. */
function commentOf(paragraph: string): readonly string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of paragraph.split(' ').filter((one) => one !== '')) {
    if (line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

/** As the formatter would have it. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lineOf = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  const [head = [], ...body] = rows;
  return [lineOf(head), lineOf(rule), ...body.map(lineOf)].join('\n');
}
