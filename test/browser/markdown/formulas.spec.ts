import { prepareFormulas } from '../../../web/src/markdown/formulas.js';

const math = (text: string) => prepareFormulas(text, 'math').markdown;

describe('Formulas in markdown', () => {
  it.each([
    ['$x^2$', '$x^2$'],
    ['the \\(a_1*b_2*c\\) here', 'the $a_1*b_2*c$ here'],
    ['\\[E = mc^2\\]', '$$ E = mc^2 $$'],
    ['$$E = mc^2$$', '$$ E = mc^2 $$'],
    ['$$\na\n\n= b \\\\\n- c\n$$', '$$ a = b \\\\ - c $$'],
    ['is $2$ or $10^{3}$ or $5x$', 'is $2$ or $10^{3}$ or $5x$'],
    ['$x$는 수', '$x$는 수'],
    ['| $|x|$ | \\(\\|v\\|\\) |', '| $\\vert x\\vert $ | $\\Vert v\\Vert $ |'],
    ['\\(a % gone\\)', '$a$'],
    ['\\(100\\%\\)', '$100\\%$'],
  ])('%j is read as %j', (text, expected) => {
    expect(math(text)).toBe(expected);
  });

  it.each([
    'It costs $5 today and $7 tomorrow.',
    'From $20-$30, or US$5 and A$6.',
    '**$5** and **$10**',
    'pays $5 and 10$',
    'set $HOME and $PATH',
    '`$x$` and ``a ` $y$``',
    '```sh\necho $a $b\n```',
    '- item\n  ```sh\n  echo $a$b$\n  ```',
    '[x](https://example.com/?$a=1&$b=2)',
    'an escaped \\$x\\$',
    'a regular expression `\\(a\\)`',
    'open \\( and nothing more',
    '$ $',
  ])('%j has none', (text) => {
    expect(prepareFormulas(text, 'math')).toEqual({ markdown: text, hasFormulas: false });
  });

  it('keeps dollars that are money beside a formula', () => {
    expect(math('$x$ costs $5')).toBe('$x$ costs \\$5');
  });

  it('shows the source as code while the parser is on its way', () => {
    expect(prepareFormulas('a \\(x_1*y_2\\) b', 'code').markdown).toBe('a `` \\(x_1*y_2\\) `` b');
  });

  it('takes no more time than it is long', () => {
    for (const piece of ['`', '$', '\\(', '\\[', '$$', '``` `` ` ', '\n```\n', '$a '])
      expect(prepareFormulas(piece.repeat(50_000 / piece.length), 'math').markdown.length).toBeGreaterThan(0);
  });
});
