import { callItemId, messageItemId, readItemId } from './response-item-ids.js';

describe('ids of output items', () => {
  it('lead back to the message and to the call', () => {
    expect(readItemId(messageItemId('0199-a1'))).toEqual({ messageId: '0199-a1' });
    expect(readItemId(callItemId('0199-a1', 12))).toEqual({ messageId: '0199-a1', call: 12 });
  });

  it.each(['', 'msg_', 'fc_', 'fc_m1', 'fc_m1_', 'fc_m1_x', 'rs_m1', '0199-a1'])(
    'are not made up: %j',
    (id) => {
      expect(readItemId(id)).toBeUndefined();
    },
  );
});
