import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestUser } from '../../support/test-server.js';
import { TurnWorld } from '../../support/turn-world.js';
import { Gate } from '../../support/upstream/gate.js';
import { readUntilText } from '../../support/read-until.js';

const RECALL = 'What did I say?';
const NOTHING = 'I remember nothing.';
const KINDS = ['chain', 'agentflow2', 'sequentialAgents'] as const;

describe('a session in which a turn did not complete', () => {
  let world: TurnWorld;
  let dataDir: string;
  let user: TestUser;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-asked-again-'));
    world = await TurnWorld.start({ DATA_DIR: dataDir });
  });
  afterAll(async () => {
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    user = await world.server.registerUser();
    world.upstream.runAs({ kind: 'chain' });
  });

  const ask = async (question: string): Promise<string> =>
    (await world.askWhole({ user, sessionId: 'main', question })).text;
  const stop = (turnId: string) =>
    world.server.request.post(`/turns/${turnId}/stop`).auth(user.token, { type: 'bearer' }).expect(200);

  /** What may happen to a turn that was asked `a secret`; the run itself goes on to its end where it can. */
  const endings: Readonly<Record<string, (kind: (typeof KINDS)[number]) => Promise<void>>> = {
    'it completed': async (kind) => {
      world.upstream.runAs({ kind });
      await ask('a secret');
    },
    'it was stopped before it said anything': async (kind) => {
      const gate = new Gate();
      world.upstream.runAs({ kind, gate });
      const asked = world.upstream.requests.length;
      const stream = await world.ask({ user, sessionId: 'main', question: 'a secret' });
      await world.upstream.request(asked);
      await stop(String(stream.headers['x-turn-id']));
      gate.open();
      await stream.text();
    },
    'it was stopped in the middle': async (kind) => {
      const gate = new Gate();
      world.upstream.runAs({ kind, gate });
      const stream = await world.ask({ user, sessionId: 'main', question: 'a secret' });
      gate.release();
      const rest = await readUntilText(stream, 'You said: ');
      await stop(String(stream.headers['x-turn-id']));
      gate.open();
      await rest.return?.();
    },
    'it failed': async (kind) => {
      world.upstream.runAs({ kind, failure: { kind: 'error', message: 'broken', afterTokens: 1 } });
      expect((await world.askWhole({ user, sessionId: 'main', question: 'a secret' })).error?.code).toBe(
        'upstream_failed',
      );
    },
    'it was interrupted': async (kind) => {
      const gate = new Gate();
      world.upstream.runAs({ kind, gate });
      const stream = await world.ask({ user, sessionId: 'main', question: 'a secret' });
      gate.release();
      const rest = await readUntilText(stream, 'You said: ');
      await world.restart();
      gate.open();
      await rest.return?.();
      expect((await world.stored(String(stream.headers['x-turn-id']), user)).status).toBe('interrupted');
    },
  };
  const cases = KINDS.flatMap((kind) => Object.keys(endings).map((ending) => [kind, ending] as const));

  it.each(cases)('remembers nothing once it was deleted: a %s, after %s', async (kind, ending) => {
    await endings[ending]?.(kind);
    expect(await world.deleteSession('main', user)).toEqual([204, 'deleted']);
    // Also what a run that goes on has remembered only now.
    await world.upstream.whenIdle();
    world.upstream.runAs({ kind });
    expect(await ask(RECALL)).toBe(NOTHING);
    expect(await world.server.read('/sessions/main/messages', user.token)).toMatchObject({
      data: [{ content: RECALL }, { content: NOTHING }],
      turns: [],
    });
  });

  it.each(cases)('is told to the flow as it is shown: a %s, after %s', async (kind, ending) => {
    expect(await ask('hello')).toBe('You said: hello');
    await endings[ending]?.(kind);
    await world.upstream.whenIdle();
    world.upstream.runAs({ kind: 'chain' });
    const { data } = await world.server.read('/sessions/main/messages', user.token);
    const shown = toldAs(data as Shown[]);
    expect(shown).toContain('you said "hello"; I said "You said: hello"; ');
    expect(await ask(RECALL)).toBe(`I remember: ${shown}`);
    // The turns behind it know it all too, together with what the flow itself has heard since.
    const { data: more } = await world.server.read('/sessions/main/messages', user.token);
    expect(await ask(RECALL)).toBe(`I remember: ${toldAs(more as Shown[])}`);
  });

  it('goes on in another memory behind a turn that did not complete, and in the same behind one that did', async () => {
    const memories: string[] = [];
    const askIn = async (question: string) => {
      const before = world.upstream.requests.length;
      await ask(question);
      const { overrideConfig } = (await world.upstream.request(before)).body;
      memories.push((overrideConfig as { sessionId: string }).sessionId);
    };
    await askIn('one');
    await askIn('two');
    await endings['it was stopped in the middle']?.('chain');
    world.upstream.runAs({ kind: 'chain' });
    await askIn('three');
    await askIn('four');
    expect(memories[1]).toBe(memories[0]);
    expect(memories[2]).not.toBe(memories[0]);
    expect(memories[3]).toBe(memories[2]);
  });
});

interface Shown {
  readonly role: string;
  readonly content: string;
}

/** A conversation in the words of the double. */
function toldAs(messages: readonly Shown[]): string {
  return messages.map(({ role, content }) => `${role === 'user' ? 'you' : 'I'} said "${content}"; `).join('');
}
