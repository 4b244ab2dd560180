import { readFileSync } from 'node:fs';

/**
 * Reads one figure out of a report that a benchmark has written.
 * @param file in docs/performance @param section its heading @param row begins so @param column its heading
 * @returns the number; throws when it is not there, so that no figure is made up
 */
export function figureIn(file, section, row, column) {
  const text = readFileSync(new URL(`../../docs/performance/${file}`, import.meta.url), 'utf8');
  const part = text.split(/^## /m).find((one) => one.startsWith(section));
  const lines = (part ?? '').split('\n').filter((line) => line.startsWith('|'));
  const cells = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('*', '')),
  );
  const at = cells[0]?.indexOf(column) ?? -1;
  const found = Number(cells.find(([name]) => name === row)?.[at]?.replaceAll(',', ''));
  if (!Number.isFinite(found))
    throw new Error(`${file}: no figure for “${row}”, “${column}” under “${section}”`);
  return found;
}
