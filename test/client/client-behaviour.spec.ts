import { TollgateClient, type StreamEvent } from '@tollgate/client';
import { done, frame, problem, sse, START, startScriptedServer, type Answer } from './scripted-server.js';

describe('TollgateClient', () => {
  let server: Awaited<ReturnType<typeof startScriptedServer>>;
  afterEach(() => server.close());

  async function script(...answers: readonly Answer[]): Promise<TollgateClient> {
    server = await startScriptedServer(...answers);
    return new TollgateClient({ baseUrl: server.url, accessToken: 'a', eventTimeoutMs: 100, maxRetries: 3 });
  }

  it('goes on behind the last event, and cuts what was merged', async () => {
    const client = await script(
      sse([START, frame(4, 'token', 'abc')], 'reset'),
      sse([frame(6, 'token', 'bcde'), done(8)]),
    );
    const result = await client.chat.stream({ question: 'q' }).result();
    expect(result).toMatchObject({
      text: 'abcde',
      messageId: 'm1',
      charged: 1,
      sessionId: 's1',
      turnId: 't1',
    });
    expect(result.statistics).toMatchObject({ retries: 1, duplicateEvents: 1 });
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /predict/stream/store',
      'GET /turns/t1/stream',
    ]);
    expect(server.requests[1]?.headers['last-event-id']).toBe('4');
  });

  it('asks again with the same key while no turn is known', async () => {
    const client = await script(
      (response) => response.destroy(),
      problem(503, { code: 'overloaded', detail: 'Busy.' }),
      sse([START, frame(2, 'token', 'a'), done(4)]),
    );
    const { text } = await client.chat.stream({ question: 'q' }).result();
    expect(text).toBe('a');
    const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it('makes the connection again after a silence, but not while there are heartbeats', async () => {
    let timer: NodeJS.Timeout | undefined;
    const client = await script(
      (response) => {
        sse([START], 'hang')(response);
        let beats = 0;
        timer = setInterval(() => {
          beats += 1;
          if (beats === 6) response.write(frame(2, 'token', 'a'));
          else if (beats < 6) response.write(': hb\n');
        }, 40);
      },
      sse([done(4)]),
    );
    const { text, statistics } = await client.chat.stream({ question: 'q' }).result();
    clearInterval(timer);
    expect([text, statistics.retries]).toEqual(['a', 1]);
  });

  it('reports a malformed event and goes on', async () => {
    const client = await script(sse([START, 'id: 2\ndata: {"event"\n\n', frame(3, 'token', 'a'), done(5)]));
    const malformed: string[] = [];
    const { text, statistics } = await client.chat
      .stream({ question: 'q', onMalformed: (data) => malformed.push(data) })
      .result();
    expect([text, malformed, statistics.malformedEvents]).toEqual(['a', ['{"event"'], 1]);
  });

  it('throws what the stream says, with the turn', async () => {
    const client = await script(
      sse([START, frame(2, 'error', 'No.', { code: 'upstream_failed' }), frame(4, 'end', '[DONE]')]),
    );
    const seen: unknown[] = [];
    const stream = client.chat.stream({ question: 'q', onError: (error) => seen.push(error) });
    await expect(stream.result()).rejects.toMatchObject({
      code: 'upstream_failed',
      message: 'No.',
      turnId: 't1',
    });
    expect(seen).toHaveLength(1);
  });

  it('asks how a turn ended whose end explains nothing', async () => {
    const json: Answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          status: 'failed',
          charge: {},
          error: { code: 'upstream_timeout', message: 'Late.' },
        }),
      );
    };
    const client = await script(sse([START, frame(4, 'end', '[DONE]')]), json);
    await expect(client.chat.stream({ question: 'q' }).result()).rejects.toMatchObject({
      code: 'upstream_timeout',
    });
  });

  it('gives up after as many tries as it was given', async () => {
    const reset: Answer = (response) => response.destroy();
    const client = await script(sse([START], 'reset'), reset, reset, reset, reset);
    await expect(client.chat.stream({ question: 'q' }).result()).rejects.toMatchObject({
      code: 'connection_failed',
      turnId: 't1',
    });
    expect(server.requests).toHaveLength(4);
  });

  it('tells a refusal with its details, and does not repeat it', async () => {
    const client = await script(
      problem(402, { code: 'insufficient_credits', detail: 'No.', required: 3, available: 1, errorId: 'e1' }),
    );
    const error = await client.chat
      .stream({ question: 'q' })
      .result()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'insufficient_credits', status: 402, errorId: 'e1' });
    expect(error).toMatchObject({ details: { required: 3, available: 1 } });
    expect(server.requests).toHaveLength(1);
  });

  it('leaves when the loop is left, and when its signal aborts', async () => {
    const client = await script(
      sse([START, frame(2, 'token', 'a'), frame(3, 'token', 'b')], 'hang'),
      sse([START], 'hang'),
    );
    const seen: StreamEvent[] = [];
    for await (const event of client.chat.stream({ question: 'q' })) {
      seen.push(event);
      if (event.type === 'token') break;
    }
    expect(seen.map(({ type }) => type)).toEqual(['start', 'token']);
    const controller = new AbortController();
    const stream = client.chat.stream({
      question: 'q',
      signal: controller.signal,
      onStart: () => {
        controller.abort(new Error('enough'));
      },
    });
    await expect(stream.result()).rejects.toThrow('enough');
  });

  it('renews its tokens after a refusal, once, and repeats the request', async () => {
    const tokens =
      (name: string): Answer =>
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ access_token: name, refresh_token: `r-${name}`, expires_in: 900 }));
      };
    const json: Answer = (response) => response.writeHead(200).end('{"available":1,"held":0}');
    server = await startScriptedServer(
      tokens('a'),
      problem(401, { code: 'unauthenticated' }),
      tokens('b'),
      json,
    );
    const client = new TollgateClient({ baseUrl: server.url });
    await client.login('ada@example.com', 'password');
    expect(await client.accounting.balance()).toEqual({ available: 1, held: 0 });
    expect(server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/auth/login', undefined],
      ['/accounting/balance', 'Bearer a'],
      ['/auth/refresh', undefined],
      ['/accounting/balance', 'Bearer b'],
    ]);
  });
});
