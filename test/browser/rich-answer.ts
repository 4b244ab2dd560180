/** An answer with everything that models write. */
export const RICH_ANSWER = String.raw`### Orbits in short

For a circular orbit the speed is \( v = \sqrt{\frac{GM}{r}} \), so the period is

\[
T = 2\pi \sqrt{\frac{r^3}{GM}}
\]

and the energy per mass $\varepsilon = -\frac{GM}{2r}$. A launch costs between $2,700 and $10,000 per kilogram &mdash; fuel &lt; 1 % of it.

| Body | Radius (km) | Period | Notes |
|:-----|------------:|:------:|-------|
| ISS | 6,780 | 92 min | crewed<br>since 2000 |
| GPS | 26,560 | 12 h | \(T \propto r^{3/2}\) |
| Moon | 384,400 | 27.3 d | natural |

~~~ts
/** Seconds for one turn around the Earth. */
export function period(radius: number, mu = 3.986e14): number {
  return 2 * Math.PI * Math.sqrt(radius ** 3 / mu);
}
~~~

1. Take the radius **from the centre**.
2. Put it into the formula:
   - metres, not kilometres
   - [a table of constants](https://ssd.jpl.nasa.gov/astro_par.html)
3. Compare.

- [x] computed
- [ ] measured

> Every body continues in its state of rest.

مرحبا بالعالم، هذه فقرة من اليمين إلى اليسار.
`.replaceAll('~~~', '```');
