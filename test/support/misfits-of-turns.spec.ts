import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedDatabase, type EmbeddedDatabase } from '@tollgate/embedded-mongo';
import mongoose, { type Connection } from 'mongoose';
import type { StoredEvent } from '../../src/chat/records/stored-answer.js';
import type { Settlement } from '../../src/chat/records/turn.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import type { CheckpointDocument, TurnDocument } from '../../src/persistence/chat/turn.schema.js';
import { findMisfits } from './misfits.js';
import { dropCollections } from './drop-collections.js';

const AT = new Date(0);
const FRAME = { event: 'agentTrace', data: null };
/** Two of each kind: with all it may have, and with what it must have. */
const EVENTS: readonly StoredEvent[] = [
  { type: 'text', length: 5 },
  { type: 'reasoning-delta', text: '' },
  {
    type: 'tool-call',
    toolCallId: 'a',
    toolName: 'search',
    input: { any: [null] },
    clientArguments: '{}',
    native: FRAME,
  },
  { type: 'tool-call', toolCallId: 'a', toolName: 'search', input: null, native: null },
  { type: 'tool-result', toolCallId: 'a', toolName: 'search', input: 1, output: 'x', isError: true },
  { type: 'tool-result', toolCallId: 'a', toolName: 'search', output: null },
  {
    type: 'sources',
    sources: [{}, { id: 'i', title: 't', url: 'u', text: 'x', metadata: { loc: { lines: 1 } } }],
    native: { ...FRAME, withoutSources: true },
  },
  { type: 'usage', inputTokens: 1, outputTokens: 2, totalTokens: 3 },
  { type: 'usage' },
  {
    type: 'metadata',
    upstreamChatId: 'a',
    upstreamMessageId: 'b',
    upstreamSessionId: 'c',
    model: 'd',
  },
  { type: 'input-request', requestId: 'a', prompt: 'Go on?', choices: ['yes'], native: FRAME },
  { type: 'input-request', requestId: 'a', prompt: '' },
  { type: 'upstream-event', native: FRAME },
];
const SETTLEMENT: Settlement = {
  outcome: 'failed',
  finishReason: 'error',
  charge: 'release',
  stores: false,
  answer: { text: 'hello', events: EVENTS },
  error: { code: 'upstream_failed', message: 'It failed', retryAfterSeconds: 1 },
  usage: { inputTokens: 1 },
  measures: { textEvents: 1, characters: 5, repairedEvents: 0, fellBack: false },
  position: 6,
  endedAt: AT,
  asks: { runId: 'run', requestId: 'a' },
  spends: {},
};
const TURN: TurnDocument = {
  _id: 'x',
  tenantId: 'default',
  userId: 'ada',
  accountId: 'account',
  sessionId: 's',
  chatflowId: 'c',
  provider: 'flowise',
  question: 'Hi',
  price: 1,
  chatflowVersion: 1,
  chargeOnStop: true,
  chargeOn: { 'content-filter': false },
  onDisconnect: { stopAfterSeconds: 3 },
  requestHash: 'h',
  userMessageId: 'u',
  messageId: 'm',
  startedAt: AT,
  status: 'failed',
  settlement: SETTLEMENT,
};

describe('findMisfits, in what turns leave', () => {
  let dataDir: string;
  let embedded: EmbeddedDatabase;
  let connection: Connection;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-misfits-'));
    embedded = await startEmbeddedDatabase({ dataDir });
    connection = await mongoose
      .createConnection(embedded.uri, { dbName: 'd', autoIndex: false, autoCreate: false })
      .asPromise();
    for (const { name, schema } of CHAT_MODELS) connection.model(name, schema);
  });
  afterEach(() => dropCollections(connection.db));
  afterAll(async () => {
    await connection.close();
    await embedded.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function misfitsOf(collection: string, document: object): Promise<string[]> {
    await connection.collection(collection).insertOne({ ...document });
    return (await findMisfits(connection)).map(({ path, problem }) => `${path} ${problem}`);
  }
  const ofTurn = (changes: object) => misfitsOf('turns', { ...TURN, ...changes });
  const ofSettlement = (changes: object) => ofTurn({ settlement: { ...SETTLEMENT, ...changes } });
  const ofEvent = (event: object) => ofSettlement({ answer: { text: '', events: [event] } });

  it('finds nothing in a turn that has everything', async () => {
    expect(await ofTurn({})).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    ['a field that is not known', { speed: 1 }, ['settlement.speed is not in the schema']],
    [
      'a field that was forgotten',
      { measures: { textEvents: 1, characters: 5 } },
      ['settlement.measures.repairedEvents Path `repairedEvents` is required.'],
    ],
    [
      'a misspelt code',
      { error: { code: 'upstream_fails', message: '' } },
      ['settlement.error.code `upstream_fails` is not a valid enum value for path `code`.'],
    ],
    [
      'a misspelt field further in',
      { spends: { expect: 'c' } },
      ['settlement.spends.expect is not in the schema'],
    ],
  ])('finds %s in a settlement', async (_, changes, misfits) => {
    expect(await ofSettlement(changes)).toEqual(misfits);
  });

  it.each<[string, object, string[]]>([
    [
      'a misspelt type',
      { type: 'tool_call', toolCallId: 'a' },
      [' is of no kind that there is: {"type":"tool_call","toolCallId":"a"}'],
    ],
    ['no type', { length: 5 }, [' is of no kind that there is: {"length":5}']],
    [
      'a type that every object has',
      { type: 'toString' },
      [' is of no kind that there is: {"type":"toString"}'],
    ],
    ["another kind's field", { type: 'text', length: 5, toolName: 'a' }, ['.toolName is not in the schema']],
    ['a field that was forgotten', { type: 'text' }, ['.length Path `length` is required.']],
    [
      'a misspelt field of a source',
      { type: 'sources', sources: [{ link: 'x' }] },
      ['.sources.0.link is not in the schema'],
    ],
    [
      'a misspelt field of a frame',
      { type: 'upstream-event', native: { event: 'x', body: 1 } },
      ['.native.body is not in the schema'],
    ],
    [
      'a frame that is shown elsewhere, where it is all',
      { type: 'upstream-event', native: null },
      ['.native is null'],
    ],
  ])('finds %s in an event', async (_, event, misfits) => {
    expect(await ofEvent(event)).toEqual(misfits.map((misfit) => `settlement.answer.events.0${misfit}`));
  });

  it('finds a misspelt type in a message and in a checkpoint', async () => {
    const misspelt = { type: 'txt', length: 5 };
    const part: CheckpointDocument = {
      _id: 'x:0',
      tenantId: 'default',
      userId: 'ada',
      turnId: 'x',
      sequence: 0,
      part: { text: 'hello', events: [misspelt as never] },
      createdAt: AT,
    };
    const problem = 'is of no kind that there is: {"type":"txt","length":5}';
    expect(await misfitsOf('turn_checkpoints', part)).toEqual([`part.events.0 ${problem}`]);
    await dropCollections(connection.db);
    const message = {
      _id: 'm',
      tenantId: 'default',
      userId: 'ada',
      sessionId: 's',
      turnId: 'x',
      chatflowId: 'c',
    };
    const answer = {
      ...message,
      role: 'assistant',
      content: 'hello',
      events: [misspelt],
      status: 'completed',
    };
    expect(
      await misfitsOf('chat_messages', { ...answer, position: 1, parentId: null, createdAt: AT }),
    ).toEqual([`events.0 ${problem}`]);
  });

  it.each<[string, object, string[]]>([
    [
      'another word',
      { onDisconnect: 'wait' },
      ['onDisconnect is nothing that can happen to a turn nobody watches'],
    ],
    [
      'another field',
      { onDisconnect: { stopAfterSeconds: 1, more: 1 } },
      ['onDisconnect is nothing that can happen to a turn nobody watches'],
    ],
    ['a misspelt reason to finish', { chargeOn: { lenght: true } }, ['chargeOn.lenght is not in the schema']],
  ])("finds %s in the rules of a turn's chatflow", async (_, changes, misfits) => {
    expect(await ofTurn(changes)).toEqual(misfits);
  });
});
