// `npm run limits:docs` writes (and with --check compares) docs/limits.md from the constants that bound what can grow; a unit test compares.
// `--root FOLDER` reads another copy of the sources.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    root: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
  },
});
const ROOT = options.root;
const DOCUMENT = join(ROOT, 'docs/limits.md');

/** Where bounds stand, in the order of the house, and what is said of them together. */
const SECTIONS = [
  [
    'src/platform',
    'Requests',
    'Refused with 400, 413, 429 or 503 and a problem document that names what is too much.',
  ],
  ['src/contract', 'Accounts', ''],
  [
    'src/cluster',
    'Several instances',
    'What is more is dropped, as a message may be; the database is asked instead.',
  ],
  ['src/audit', 'The audit log', ''],
  ['src/mail', 'Mail', ''],
  ['src/auth', 'Sign-in, tokens and keys', ''],
  ['src/chatflows', 'Chatflows', 'Refused with 400 `validation_failed` that names the field.'],
  ['src/chat/client-input', 'What a question brings along', 'Refused with 400 that names the field.'],
  ['src/chat/dialects', 'The formats', 'Refused with 400 that names the field.'],
  ['src/chat/turn', 'Turns', ''],
  ['src/chat/history', 'Sessions and messages', ''],
  ['src/chat', 'Conversations', ''],
  ['src/upstream', 'Upstreams', 'What an upstream sends beyond these ends the turn failed and uncharged.'],
  ['src/tools', 'Tools of the server', ''],
  ['src/accounting', 'Credits', ''],
  ['src/privacy', 'Erasure, retention and downloads', ''],
  ['src/persistence', 'The database', ''],
  ['src/config', 'Settings', ''],
  ['src/operations', 'What operators are shown', ''],
  ['src/cli', 'The terminal', ''],
  ['web/src', 'The chat page', 'The server has bounds of its own for whatever the page sends.'],
  ['packages/client/src', 'The client', ''],
  [
    'packages/embedded-mongo/src',
    'The embedded database',
    'What is beyond is refused with the code that MongoDB has for it, before anything is written.',
  ],
];
const NAME =
  /(?:MAX|LINGERING)_[A-Z0-9_]+|(?!DEFAULT)[A-Z0-9_]+_LIMIT(?:_[A-Z0-9_]+)?|[A-Z0-9_]+_(?:AT_ONCE|PER_WRITE|PER_BATCH|PER_RUN)/;
/** A constant with the comment above it. */
const CONSTANT = new RegExp(
  String.raw`(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?(?:export )?const (${NAME.source})(?::[^=]+)? = ([^;]+);`,
  'g',
);
const UNITS = [
  [/BYTES/, 'bytes'],
  [/CHARACTERS/, 'characters'],
  [/_MS$/, 'ms'],
  [/SECONDS/, 's'],
  [/CREDITS|AMOUNT/, 'credits'],
];

/** The whole text of docs/limits.md. */
async function limitsDocument() {
  const found = bounds();
  const sections = SECTIONS.map(([folder, title, note]) => {
    const rows = found.filter((bound) => sectionOf(bound.file) === folder);
    if (rows.length === 0) return '';
    const table = rows.map(
      ({ name, value, comment, file }) => `| \`${name}\` | ${value} | ${comment} | \`${file}\` |`,
    );
    const head = '| Bound | Value | What for | Where |\n| --- | --- | --- | --- |\n';
    return `## ${title}\n\n${note === '' ? '' : `${note}\n\n`}${head}${table.join('\n')}\n`;
  });
  const text = `# Limits

Everything that can grow has a bound. Those that an operator sets stand in [operating/settings.md](operating/settings.md) with their own bounds; these are the ones in the code. This page is made
from the constants by \`npm run limits:docs\`.

${sections.filter((section) => section !== '').join('\n')}`;
  return format(text, { ...(await resolveConfig(DOCUMENT)), parser: 'markdown' });
}

function sectionOf(file) {
  return SECTIONS.find(([folder]) => file.startsWith(`${folder}/`))?.[0];
}

function bounds() {
  const packages = join(ROOT, 'packages');
  const ofPackages = existsSync(packages) ? readdirSync(packages).map((name) => `packages/${name}/src`) : [];
  return ['src', 'web/src', ...ofPackages]
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /(?<!\.spec)\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
    .flatMap(boundsOf);
}

function boundsOf(file) {
  const source = readFileSync(join(ROOT, file), 'utf8');
  return [...source.matchAll(CONSTANT)].map(([, comment = '', name, expression]) => ({
    file,
    name,
    value: valueOf(name, expression),
    comment:
      comment
        .replace(/\s*\n\s*\*\s?/g, ' ')
        .trim()
        .replaceAll('|', '\\|') || spoken(name),
  }));
}

function valueOf(name, expression) {
  // Only sums: whatever else a constant is made of is shown as it stands.
  if (!/^[\d_\s.*+()e/-]+$/.test(expression))
    return `\`${expression.replace(/\s+/g, ' ').replaceAll('|', '\\|')}\``;
  const number = Function(`return (${expression})`)();
  const unit = UNITS.find(([pattern]) => pattern.test(name))?.[1];
  return `${number.toLocaleString('en-US')}${unit === undefined ? '' : ` ${unit}`}`;
}

/** `MAX_FIELD_ERRORS`: "field errors". */
function spoken(name) {
  return name.replace(/^MAX_/, '').toLowerCase().replaceAll('_', ' ');
}

/** Files with bounds of which the document would say nothing. */
const unsaid = [...new Set(bounds().map(({ file }) => file))].filter((file) => sectionOf(file) === undefined);
if (unsaid.length > 0) {
  process.stderr.write(`No section of scripts/limits-docs.mjs is for the bounds of ${unsaid.join(', ')}\n`);
  process.exit(1);
}
const made = await limitsDocument();
if (!options.check) writeFileSync(DOCUMENT, made);
else if (readFileSync(DOCUMENT, 'utf8') !== made) {
  process.stderr.write('docs/limits.md is not what the constants say: npm run limits:docs\n');
  process.exitCode = 1;
}
