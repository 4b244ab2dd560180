import { splitMarkdown } from '../../../web/src/markdown/segments.js';

const sources = (text: string) => splitMarkdown(text).map(({ source }) => source.trim());

describe('Markdown in pieces', () => {
  it('is cut between paragraphs, headings and tables', () => {
    expect(sources('# A\n\none\ntwo\n\n| a |\n|---|\n| 1 |\n\nend')).toEqual([
      '# A',
      'one\ntwo',
      '| a |\n|---|\n| 1 |',
      'end',
    ]);
  });

  it('keeps a list together, loose and nested, with what is indented under it', () => {
    const list = '1. one\n\n   more of one\n\n   ```js\n   code\n\n   code\n   ```\n\n2. two\n\n   - nested';
    expect(sources(`${list}\n\nafter`)).toEqual([list, 'after']);
  });

  it('takes code out as it is, with its language', () => {
    const [before, code, after] = splitMarkdown('text\n```ts title="x"\na\n\nb\n```\nmore');
    expect(before?.source).toBe('text');
    expect(code?.code).toEqual({ text: 'a\n\nb', language: 'ts' });
    expect(after?.source).toBe('more');
  });

  it('shows code that is still being written', () => {
    expect(splitMarkdown('```py\nprint(1)').at(-1)?.code).toEqual({ text: 'print(1)', language: 'py' });
    expect(splitMarkdown('````md\n```js\nx\n```\n').at(-1)?.code?.text).toBe('```js\nx\n```\n');
  });

  it('does not cut a formula of several lines', () => {
    const formula = '$$\na\n\n= b\n$$';
    expect(sources(`${formula}\n\nafter`)).toEqual([formula, 'after']);
    expect(sources('\\[\na\n\n= b\n\\]\n\nafter')).toHaveLength(2);
  });

  it('gives link definitions to all that may use them, and does not cut where footnotes are', () => {
    const [first] = splitMarkdown('see [here][1]\n\nplain\n\n[1]: https://example.com');
    expect(first?.source).toContain('[1]: https://example.com');
    expect(splitMarkdown('a[^1]\n\nb\n\n[^1]: note')).toHaveLength(1);
  });

  it('changes only its last piece while an answer grows', () => {
    const text = 'one\n\n- a\n- b\n\ntwo\n\n```js\nlet x;\n```\n\nthree and more';
    let before: readonly string[] = [];
    for (let end = 1; end <= text.length; end += 1) {
      const now = sources(text.slice(0, end));
      expect(now.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
      before = now;
    }
  });
});
