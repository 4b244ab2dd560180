import { excerptOf, hitsIn, MAX_EXCERPT_CHARACTERS } from './excerpt.js';
import { meets, parseQuery } from './search-query.js';
import { lookUpsOf, MAX_TERMS, termsOf } from './terms.js';
import { fold, wordsOf } from './words.js';

const words = (text: string): string[] => [...wordsOf(text)].map(({ folded }) => folded);
const now = () => Promise.resolve();

/** Whether a text is found by a query: by its terms first, as the index does, and then in itself. */
async function finds(query: string, text: string): Promise<boolean> {
  const wanted = parseQuery(query);
  const terms = new Set(await termsOf([text], now));
  const isInText = hitsIn(text, wanted.words).met.size === wanted.words.length;
  // Whatever the text has, the index has too.
  if (isInText) expect(wanted.lookUps.filter((term) => !terms.has(term))).toEqual([]);
  return isInText;
}

describe('words', () => {
  it.each([
    ['Crème brûlée, ÉTÉ', ['creme', 'brulee', 'ete']],
    ['Straße STRASSE', ['strasse', 'strasse']],
    ['ΣΊΣΥΦΟΣ σίσυφος', ['σισυφοσ', 'σισυφοσ']],
    ['snake_case, e-mail, 3.14', ['snake', 'case', 'e', 'mail', '3', '14']],
    ['ﬁle ＡＢＣ ①', ['file', 'abc', '1']],
    ['東京タワー GPT로 물어봐', ['東京タワー', 'gpt', '로', '물어봐']],
    ['ภาษาไทย', ['ภาษา', 'ไทย']],
    ['…!?', []],
  ])('of %s', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  it('stand where they stand in the text', () => {
    const text = 'Ein 😀 größerer Täst: 東京!';
    expect([...wordsOf(text)].map(({ start, end }) => text.slice(start, end))).toEqual([
      'Ein',
      'größerer',
      'Täst',
      '東京',
    ]);
  });

  it('are the same however their characters are composed', () => {
    for (const text of ['이름', 'が', 'é', 'Ångström']) expect(fold(text.normalize('NFD'))).toBe(fold(text));
  });
});

describe('a query', () => {
  it.each([
    ['milk', 'Buy MILK today', true],
    ['mil', 'Buy milk today', true],
    ['milks', 'Buy milk today', false],
    ['mi', 'Buy milk today', false],
    ['mil today', 'Buy milk today', false],
    ['mil ', 'Buy milk today', false],
    ['today tod', 'Buy milk today', true],
    ['today milk', 'Buy milk today', true],
    ['brulee', 'crème brûlée', true],
    ['brûl', 'creme brulee', true],
    ['internation', 'Internationalisierung', true],
    ['order1234567', 'of order12345678, they say', true],
    ['order12345678901234', 'of order123456789012345678', true],
    ['orde', 'of order12345678', true],
    ['2026', 'in 2026', true],
    ['202', 'in 2026', true],
    ['2027', 'in 2026', false],
    ['서울', '서울특별시에서', true],
    ['특별', '서울특별시에서', true],
    ['별특', '서울특별시에서', false],
    ['물', '물을 주세요', true],
    ['京', '東京', true],
    ['東京大', '東京と大阪', false],
    ['GPT로', 'GPT로 물어봐', true],
    ['ไทย', 'ภาษาไทยง่าย', true],
    ['3.14', 'pi is 3.14', true],
  ])('%s in %s: %s', async (query, text, expected) => {
    expect(await finds(query, text)).toBe(expected);
  });

  it('needs a word', () => {
    expect(() => parseQuery(' …! ')).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });

  it('is narrowed by a bounded number of terms, and looked for with all words', () => {
    const query = parseQuery(Array.from({ length: 60 }, (_, n) => `w${n}`).join(' '));
    expect(query.words).toHaveLength(60);
    expect(query.lookUps).toHaveLength(8);
  });

  it('meets words of its own kind only', () => {
    const [wanted] = parseQuery('東').words;
    const [word] = wordsOf('x');
    expect(wanted !== undefined && word !== undefined && meets(wanted, word)).toBe(false);
  });
});

describe('terms', () => {
  it('are bounded, and give way to others in a long text', async () => {
    let gaveWay = 0;
    const text = Array.from({ length: 50_000 }, (_, n) => `w${n % 300}`).join(' ');
    const many = Array.from({ length: 50_000 }, (_, n) => `w${n}`).join(' ');
    const terms = await termsOf([text], async () => void (gaveWay += 1));
    expect(terms.length).toBeLessThan(MAX_TERMS);
    expect(new Set(terms).size).toBe(terms.length);
    expect(gaveWay).toBeGreaterThan(10);
    expect(await termsOf([many], now)).toHaveLength(MAX_TERMS);
  });

  it('of unfinished words are beginnings', () => {
    const [word] = wordsOf('internationally');
    expect(word && lookUpsOf(word, true)).toEqual(['internat']);
    expect(word && lookUpsOf(word, false)).toEqual(['internationally']);
    const [number] = wordsOf('1234567');
    expect(number && lookUpsOf(number, true)).toEqual(['1234567']);
  });
});

describe('an excerpt', () => {
  const around = (text: string, query: string) => {
    const { words: wanted } = parseQuery(query);
    return excerptOf(text, hitsIn(text, wanted).places);
  };

  it('is a piece of the text with every hit in it', () => {
    const text = `${'before '.repeat(40)}the milk, and more MILK ${'behind '.repeat(60)}`;
    const { text: piece, highlights, cutBefore, cutAfter } = around(text, 'milk');
    expect(text).toContain(piece);
    expect(piece.length).toBeLessThanOrEqual(MAX_EXCERPT_CHARACTERS);
    expect(highlights.map(({ start, length }) => piece.slice(start, start + length))).toEqual([
      'milk',
      'MILK',
    ]);
    expect([cutBefore, cutAfter]).toEqual([true, true]);
  });

  it('is the whole of a short text', () => {
    expect(around('Buy milk', 'mil')).toEqual({
      text: 'Buy milk',
      highlights: [{ start: 4, length: 4 }],
      cutBefore: false,
      cutAfter: false,
    });
  });

  it('never parts a character, wherever it is cut', () => {
    for (let shift = 0; shift < 4; shift++) {
      const text = `${'x'.repeat(shift)}${'😀'.repeat(200)} milk ${'😀'.repeat(400)}`;
      const { text: piece } = around(text, 'milk');
      expect(piece.isWellFormed()).toBe(true);
      expect(piece.length).toBeLessThanOrEqual(MAX_EXCERPT_CHARACTERS);
    }
  });

  it('shows the characters asked for of a run without spaces', () => {
    expect(around('나는 서울특별시에 산다', '특별시').highlights).toEqual([{ start: 5, length: 3 }]);
  });
});
