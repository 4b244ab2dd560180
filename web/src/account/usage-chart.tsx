import type { ReactNode } from 'react';
import type { UsageReport } from '@tollgate/client';
import { useTexts } from '../i18n/i18n.js';

const DAY_MS = 86_400_000;
const DAYS = 14;
const WIDTH = 420;
const HEIGHT = 150;
const BASE = 126;
const TOP = 18;
const STEP = WIDTH / DAYS;

/** Credits per day as bars; the numbers are there as text, too. */
export function UsageChart({ report }: { readonly report: UsageReport }): ReactNode {
  const texts = useTexts();
  const byDay = new Map(report.data.map(({ day, credits }) => [day, credits]));
  const days = Array.from({ length: DAYS }, (_, index) => {
    const day = new Date(Date.now() - (DAYS - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    return { day, credits: byDay.get(day) ?? 0 };
  });
  const most = Math.max(1, ...days.map(({ credits }) => credits));
  const total = days.reduce((sum, { credits }) => sum + credits, 0);
  const spoken = days
    .filter(({ credits }) => credits > 0)
    .map(({ day, credits }) => `${day}: ${credits}`)
    .join(', ');
  return (
    <figure className="chart">
      <svg viewBox={`-12 0 ${WIDTH + 24} ${HEIGHT}`} role="img" aria-label={texts.usageChart(spoken)}>
        <line x1="0" x2={WIDTH} y1={BASE} y2={BASE} />
        {days.map(({ day, credits }, index) => {
          const height = (credits / most) * (BASE - TOP);
          const middle = index * STEP + STEP / 2;
          return (
            <g key={day}>
              <rect x={middle - 9} y={BASE - height} width="18" height={height} rx="3" />
              {credits > 0 && (
                <text x={middle} y={BASE - height - 5}>
                  {credits}
                </text>
              )}
              {index % 3 === 1 && (
                <text className="day" x={middle} y={HEIGHT - 6}>
                  {new Date(day).toLocaleDateString([], { month: 'short', day: 'numeric', timeZone: 'UTC' })}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <figcaption>{texts.usageTotal(total, DAYS)}</figcaption>
    </figure>
  );
}
