import { toHumanInput } from './human-decision.js';

describe('what a human’s answer means to a flow', () => {
  it.each([
    [{ action: 'reject' }, { type: 'reject' }],
    [
      { action: 'reject', content: 'wrong number' },
      { type: 'reject', feedback: 'wrong number' },
    ],
    [
      { action: 'proceed', content: 'no' },
      { type: 'proceed', feedback: 'no' },
    ],
    [{ content: 'Nicht doch' }, { type: 'reject' }],
    [{ content: ' weiter ' }, { type: 'proceed' }],
    [{ content: 'No' }, { type: 'reject' }],
    [{ content: 'yes' }, { type: 'proceed' }],
    [{ content: 'yes, but 7*6' }, { type: 'proceed', feedback: 'yes, but 7*6' }],
  ] as const)('%j is %j', (input, expected) => {
    expect(toHumanInput(input, ['Weiter', 'Nicht doch'])).toEqual(expected);
  });

  it('knows its words also without buttons', () => {
    expect(toHumanInput({ content: 'reject' })).toEqual({ type: 'reject' });
    expect(toHumanInput({ content: 'more' })).toEqual({ type: 'proceed', feedback: 'more' });
  });
});
