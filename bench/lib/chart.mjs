import { figure } from './stats.mjs';

const PLOT = 510;
const ROW = 34;
const LEAST_LEFT = 130;
const CHARACTER_WIDTH = 7;
const TOP = 44;
const COLOURS = { own: '#2563eb', other: '#94a3b8' };

const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** A horizontal bar chart as SVG; the first bar is the product's unless `own` says otherwise. Readable in light and dark surroundings. */
export function barChart(title, bars) {
  const left = Math.max(LEAST_LEFT, ...bars.map(({ name }) => 20 + name.length * CHARACTER_WIDTH));
  const whole = left + PLOT;
  const most = Math.max(0, ...bars.map(({ value }) => value).filter(Number.isFinite)) || 1;
  const height = TOP + bars.length * ROW + 10;
  const rows = bars.map(({ name, value, own }, index) => {
    const y = TOP + index * ROW;
    const width = Math.max(2, ((PLOT - 80) * (value || 0)) / most);
    return [
      `<text x="${left - 10}" y="${y + 16}" text-anchor="end">${escape(name)}</text>`,
      `<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="22" rx="3" fill="${(own ?? index === 0) ? COLOURS.own : COLOURS.other}"/>`,
      `<text x="${(left + width + 8).toFixed(1)}" y="${y + 16}">${figure(value)}</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${whole}" height="${height}" viewBox="0 0 ${whole} ${height}" role="img" aria-label="${escape(title)}">
<rect width="100%" height="100%" fill="#ffffff"/>
<g font-family="system-ui, sans-serif" font-size="13" fill="#0f172a">
<text x="12" y="24" font-size="15" font-weight="600">${escape(title)}</text>
${rows.join('\n')}
</g>
</svg>
`;
}
