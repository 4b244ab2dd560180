import { figure } from './stats.mjs';

const HEIGHT = 320;
const PLOT = { left: 64, right: 510, top: 48, bottom: 270 };
const COLOURS = ['#2563eb', '#64748b', '#d97706', '#16a34a', '#9333ea', '#dc2626'];
const LABEL_HEIGHT = 16;
const CHARACTER_WIDTH = 7;

const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/**
 * A line chart as SVG with a logarithmic x axis and a y axis from 0, for figures over growing sizes.
 * @param lines each with a `name` and `points` of x and y; the first is the product's
 */
export function lineChart(title, xTitle, lines) {
  const drawn = lines.map(({ name, points }) => ({
    name,
    points: points.filter(([, y]) => Number.isFinite(y)),
  }));
  const longest = Math.max(...lines.map(({ name }) => name.length));
  const width = PLOT.right + 30 + longest * CHARACTER_WIDTH;
  const all = drawn.flatMap(({ points }) => points);
  const sizes = [...new Set(all.map(([x]) => x))].sort((a, b) => a - b);
  const [low, high] = [Math.log(sizes[0]), Math.log(sizes.at(-1))];
  const most = Math.max(...all.map(([, y]) => y)) || 1;
  const toX = (x) =>
    PLOT.left + (high === low ? 0.5 : (Math.log(x) - low) / (high - low)) * (PLOT.right - PLOT.left);
  const toY = (y) => PLOT.bottom - (y / most) * (PLOT.bottom - PLOT.top);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = toY(most * share).toFixed(1);
    return `<line x1="${PLOT.left}" y1="${y}" x2="${PLOT.right}" y2="${y}" stroke="#e2e8f0"/><text x="${PLOT.left - 8}" y="${Number(y) + 4}" text-anchor="end">${share === 0 ? '0' : figure(most * share)}</text>`;
  });
  const ticks = sizes.map(
    (x) =>
      `<text x="${toX(x).toFixed(1)}" y="${PLOT.bottom + 20}" text-anchor="middle">${x.toLocaleString('en')}</text>`,
  );
  const ends = labelHeights(drawn.map(({ points }) => (points.length === 0 ? NaN : toY(points.at(-1)[1]))));
  const series = drawn.flatMap(({ name, points }, index) => {
    if (points.length === 0) return [];
    const colour = COLOURS[index % COLOURS.length];
    const places = points.map(([x, y]) => `${toX(x).toFixed(1)},${toY(y).toFixed(1)}`);
    return [
      `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="${index === 0 ? 3 : 2}"/>`,
      ...places.map((place) => {
        const [x, y] = place.split(',');
        return `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`;
      }),
      `<text x="${PLOT.right + 10}" y="${(ends[index] + 4).toFixed(1)}" fill="${colour}">${escape(name)}</text>`,
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-label="${escape(title)}">
<rect width="100%" height="100%" fill="#ffffff"/>
<g font-family="system-ui, sans-serif" font-size="13" fill="#0f172a">
<text x="12" y="24" font-size="15" font-weight="600">${escape(title)}</text>
${[...grid, ...ticks, ...series].join('\n')}
<text x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 42}" text-anchor="middle">${escape(xTitle)}</text>
</g>
</svg>
`;
}

/** Moves the names of lines that end close together apart. */
function labelHeights(heights) {
  const order = heights.map((height, index) => ({ height, index })).filter(({ height }) => !isNaN(height));
  order.sort((a, b) => a.height - b.height);
  const placed = [...heights];
  let free = -Infinity;
  for (const { height, index } of order) {
    placed[index] = Math.max(height, free);
    free = placed[index] + LABEL_HEIGHT;
  }
  return placed;
}
