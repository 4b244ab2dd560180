import { TextPace } from './text-pace.js';

const paceOf = (...times: readonly number[]): TextPace => {
  const pace = new TextPace();
  times.forEach((time) => pace.textCame(time));
  return pace;
};

describe('TextPace', () => {
  it('says nothing about an answer without text', () => {
    expect(paceOf().measure(1000, 0, undefined)).toEqual({});
  });

  it('knows only the first token of an answer that came in one read', () => {
    expect(paceOf(1200).measure(1000, 400, 100)).toEqual({ firstTokenMs: 200 });
  });

  it('measures speed and gaps, with the upstream’s count of tokens', () => {
    expect(paceOf(1200, 1210, 1220, 1700).measure(1000, 400, 50)).toEqual({
      firstTokenMs: 200,
      streamedMs: 500,
      tokensPerSecond: 100,
      longestGapMs: 480,
      medianGapMs: 10,
    });
  });

  it('takes four characters for a token when nobody counts', () => {
    expect(paceOf(0, 1000).measure(0, 400, undefined)).toMatchObject({ tokensPerSecond: 100 });
  });

  it('knows no speed when everything came within a millisecond', () => {
    expect(paceOf(5, 5).measure(0, 400, undefined)).toEqual({
      firstTokenMs: 5,
      streamedMs: 0,
      longestGapMs: 0,
      medianGapMs: 0,
    });
  });
});
