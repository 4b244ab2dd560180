import { titleIn, titlePrompt } from './title-text.js';

describe('titleIn', () => {
  it.each([
    ['Buying milk', 'Buying milk'],
    ['"Buying milk"', 'Buying milk'],
    ['**Buying milk**\n', 'Buying milk'],
    ['# Title: Buying   milk', 'Buying milk'],
    ['\n\n“Milch kaufen”\nHope this helps!', 'Milch kaufen'],
    ['우유 사기', '우유 사기'],
    ['Tom’s list', 'Tom’s list'],
    ['a\u202eb\u0000c', 'a b c'],
  ])('takes of %j the title', (said, title) => {
    expect(titleIn(said)).toBe(title);
  });

  it.each(['', '  \n ', '"…"', '***'])('finds none in %j', (said) => {
    expect(titleIn(said)).toBeUndefined();
  });

  it('cuts what is too long at a word, and never within a character', () => {
    const title = titleIn('word '.repeat(100)) ?? '';
    expect(title).toMatch(/^(word )+word…$/);
    expect(title.length).toBeLessThanOrEqual(81);
    const emoji = titleIn(`a${'😀'.repeat(200)}`) ?? '';
    expect(emoji.isWellFormed()).toBe(true);
    expect([...emoji]).toHaveLength(81);
  });
});

describe('titlePrompt', () => {
  it('tells the beginning of what was said, in the words of whoever set it up', () => {
    const prompt = titlePrompt('Q'.repeat(5000), '😀'.repeat(5000), 'Name it.');
    expect(prompt.startsWith(`Name it.\n\nUser: ${'Q'.repeat(2000)}\n\nAssistant: 😀`)).toBe(true);
    expect(prompt.isWellFormed()).toBe(true);
    expect([...prompt].length).toBeLessThan(4100);
    expect(titlePrompt('Q', 'A')).toContain('title');
  });
});
