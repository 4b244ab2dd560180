import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg } from 'node:os';
import prettier from 'prettier';
import { versionOf } from './process.mjs';
import { figure } from './stats.mjs';

const FOLDER = 'docs/performance';

/**
 * What a reader needs to judge figures by; take it before the run, as the load is the machine's without it.
 * @param where which process runs on which cores
 */
export function conditions(node, where = 'servers, upstream and client on the same cores') {
  const version = versionOf(node);
  const load = loadavg().map((value) => value.toFixed(2));
  const text = `Node ${version}, ${cpus().length} × ${cpus()[0].model.trim()} (${arch()}), ${where}; load average before the run ${load.join(', ')} (1, 5, 15 minutes).`;
  process.stdout.write(`${text}\n`);
  return { major: /^v(\d+)/.exec(version)[1], text, date: new Date().toISOString().slice(0, 10) };
}

/** @param rows arrays of text or numbers; numbers are shown with the digits that mean something */
export function toTable(columns, rows) {
  const text = (cell) => (typeof cell === 'number' ? figure(cell) : cell);
  return [
    `| ${columns.join(' | ')} |`,
    `|---|${columns
      .slice(1)
      .map(() => '---:|')
      .join('')}`,
    ...rows.map((row) => `| ${row.map(text).join(' | ')} |`),
    '',
  ].join('\n');
}

/**
 * Writes `docs/performance/<name>-node<major>.md` and its charts. Everything in it is generated: prose of people's own
 * stands in README.md beside it.
 * @param sections each with a `title`, a `table`, and optionally `text` and `charts` (SVG by name)
 */
export async function writeReport({ name, title, command, run, intro = [], sections }) {
  mkdirSync(FOLDER, { recursive: true });
  const lines = [
    `# ${title}`,
    `Written by \`${command}\` on ${run.date}: ${run.text}`,
    ...intro,
    ...sections.flatMap((section) => {
      const charts = Object.entries(section.charts ?? {}).map(([chart, svg]) => {
        const file = `${name}-${chart}-node${run.major}.svg`;
        writeFileSync(`${FOLDER}/${file}`, svg);
        return `![${section.title}: ${chart}](${file})`;
      });
      return [`## ${section.title}`, ...(section.text ? [section.text] : []), ...charts, section.table];
    }),
  ];
  const file = `${FOLDER}/${name}-node${run.major}.md`;
  const style = await prettier.resolveConfig(file);
  writeFileSync(file, await prettier.format(lines.join('\n\n'), { ...style, parser: 'markdown' }));
  process.stdout.write(`\nWrote ${file}\n`);
}
