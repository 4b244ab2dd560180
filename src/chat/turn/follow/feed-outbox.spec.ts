import { MAX_MESSAGE_CHARACTERS } from '../../../cluster/instance-bus.port.js';
import { packEntries, type FeedEntry, type FeedMessage } from './feed-messages.js';
import { FeedOutbox } from './feed-outbox.js';

const text = (end: number, said: string): FeedEntry => [end, { type: 'text-delta', text: said }];

function setUp() {
  const sent: { follower: string; messages: readonly FeedMessage[] }[] = [];
  const outbox = new FeedOutbox((follower, messages) => sent.push({ follower, messages }));
  return { sent, outbox };
}

const said = (feed: number, number: number): FeedMessage => ({ feed, number, entries: [text(number, 'a')] });

describe('FeedOutbox', () => {
  it('sends what is said at once as one message to each follower, in order', async () => {
    const { sent, outbox } = setUp();
    const messages = [said(1, 1), said(2, 1), said(1, 2)];
    for (const message of messages) outbox.add('here', message, 100);
    outbox.add('there', said(7, 1), 100);
    expect(sent).toEqual([]);
    await Promise.resolve();
    expect(sent).toEqual([
      { follower: 'here', messages },
      { follower: 'there', messages: [said(7, 1)] },
    ]);
    outbox.add('here', said(1, 3), 100);
    await Promise.resolve();
    expect(sent.at(-1)).toEqual({ follower: 'here', messages: [said(1, 3)] });
  });

  it.each([
    ['many feeds', Array.from({ length: 3000 }, () => [text(1, 'a word of some length')])],
    ['pieces of one event', [[text(1, 'a'), text(2, '"\\\u0000€'.repeat(100_000)), text(3, 'b')]]],
  ])('sends %s in messages that the bus takes', async (_, feeds) => {
    const { sent, outbox } = setUp();
    const messages = feeds.flatMap((entries, feed) =>
      packEntries(entries).map(({ content, characters }, index) => {
        const message = { feed, number: index + 1, ...content };
        outbox.add('here', message, characters);
        return message;
      }),
    );
    await Promise.resolve();
    for (const one of sent)
      expect(JSON.stringify(one.messages).length).toBeLessThanOrEqual(MAX_MESSAGE_CHARACTERS);
    expect(sent.flatMap((one) => one.messages)).toEqual(messages);
    expect(sent.length).toBeLessThan(messages.length);
  });
});
