/** @jest-environment node */
import { MAX_REPAIR_CHARACTERS_PER_TURN, RepairBudget } from './repair-budget.js';
import { MAX_REPAIR_CHARACTERS, parsePayload } from './repair-json.js';

interface Named {
  readonly event: string;
}
const isNamed = (value: unknown): value is Named =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Named>).event === 'string';
/** Without limits of time. */
const timeless = () =>
  new RepairBudget(
    () => 0,
    (_, work) => work(),
  );
const parse = (payload: string, turn = {}, budget = timeless()) =>
  parsePayload(payload, isNamed, turn, budget);

describe('parsePayload', () => {
  it('leaves valid JSON alone', () => {
    expect(parse('{"event":"token","data":"a"}')).toEqual({
      values: [{ event: 'token', data: 'a' }],
      repaired: false,
    });
  });

  it.each([
    ['a missing end', '{"event":"token","data":"he', 'he'],
    ['a trailing comma', '{"event":"token","data":"a",}', 'a'],
    ['single quotes', "{'event':'token','data':'a'}", 'a'],
    ['no quotes', '{event: token, data: hi}', 'hi'],
    ['a line end inside a string', '{"event":"token","data":"a\nb"}', 'a\nb'],
    ['unescaped quotes', '{"event":"token","data":"say "hi" now"}', 'say "hi" now'],
  ])('repairs %s', (_name, payload, data) => {
    expect(parse(payload)).toEqual({ values: [{ event: 'token', data }], repaired: true });
  });

  it('takes apart events that lost the blank line between them', () => {
    expect(parse('{"event":"a"}\n{"event":"b"}')).toEqual({
      values: [{ event: 'a' }, { event: 'b' }],
      repaired: true,
    });
  });

  it.each(['garbage', '', '[DONE]', '[]', '42', '{"data":"a"}', '{"event":1}', '<html>502</html>', 'null'])(
    'drops %j, whatever repair would make of it',
    (payload) => {
      expect(parse(payload)).toBeUndefined();
    },
  );

  it('drops what is nested too deep to repair', () => {
    expect(parse('['.repeat(MAX_REPAIR_CHARACTERS))).toBeUndefined();
  });

  it.each([
    ['quotes', '"', '"'],
    ['texts that may be addresses', '{"a":', '1 "a"http://'],
    ['calls of functions', '[', '(\n'],
  ])('drops what takes long to repair: many %s', (_name, begin, unit) => {
    const payload = begin + unit.repeat((MAX_REPAIR_CHARACTERS - begin.length) / unit.length);
    expect(parse(payload, {}, new RepairBudget())).toBeUndefined();
  });

  it('drops what is broken beyond the budget of its turn, but nothing that is not broken', () => {
    const [turn, budget] = [{}, timeless()];
    const broken = `{"event":"token","data":"${'a'.repeat(MAX_REPAIR_CHARACTERS - 100)}`;
    const within = Math.floor(MAX_REPAIR_CHARACTERS_PER_TURN / broken.length);
    const results = Array.from({ length: within + 3 }, () => parse(broken, turn, budget));
    expect(results.filter((result) => result?.repaired === true)).toHaveLength(within);
    expect(parse(`${broken}"}`, turn, budget)).toMatchObject({ repaired: false });
    expect(parse(broken, {}, budget)).toMatchObject({ repaired: true });
  });

  it('drops what would take too long to repair', () => {
    expect(parse(`{"event":"token","data":"${'a'.repeat(MAX_REPAIR_CHARACTERS)}`)).toBeUndefined();
  });
});
