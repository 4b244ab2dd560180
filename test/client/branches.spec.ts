import { TollgateClient, type Message, type SessionTurn } from '@tollgate/client';
import { TurnWorld } from '../support/turn-world.js';

describe('branches of a session in the client', () => {
  let world: TurnWorld;
  let client: TollgateClient;

  beforeAll(async () => {
    world = await TurnWorld.start();
    client = new TollgateClient({ baseUrl: world.server.url, accessToken: world.user.token });
  });
  afterAll(() => world.close());

  const ask = async (question: string, parentId?: string | null) => {
    const named = parentId === undefined ? {} : { parentId };
    const stream = client.chat.stream({ question, chatflowId: 'flow', sessionId: 'main', ...named });
    return stream.result();
  };
  const all = async <T>(list: AsyncIterable<T>): Promise<T[]> => {
    const found: T[] = [];
    for await (const one of list) found.push(one);
    return found;
  };
  const texts = (messages: readonly (Message | SessionTurn)[]) =>
    messages.map((message) => ('content' in message ? message.content : message.question));

  it('are asked by what a question follows, and read by any of their messages', async () => {
    world.upstream.runAs({ kind: 'chain', answer: ({ question }) => [`To ${question}`] });
    const one = await ask('one');
    await ask('two');
    await ask('another two', one.messageId);
    const { data } = await client.sessions.messages('main');
    expect(texts(data)).toEqual(['one', 'To one', 'another two', 'To another two']);
    const { siblings } = data[2]!;
    expect(siblings).toEqual({ index: 2, count: 2, previousId: expect.any(String) as string });
    const branch = siblings?.previousId;
    const said = ['one', 'To one', 'two', 'To two'];
    expect(texts((await client.sessions.messages('main', { branch: branch! })).data)).toEqual(said);
    expect(texts(await all(client.sessions.allMessages('main', undefined, branch)))).toEqual(said);
    expect(texts(await all(client.sessions.history('main', undefined, branch)))).toEqual(said);
    expect((await client.sessions.get('main')).lastMessageId).toBe(data[3]?.id);

    await ask('Hello', null);
    expect(texts((await client.sessions.messages('main')).data)).toEqual(['Hello', 'To Hello']);
    const refused = ask('Hello', 'none');
    await expect(refused).rejects.toMatchObject({ code: 'parent_not_found' });
  });
});
