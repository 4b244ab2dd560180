import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedDatabase, type EmbeddedDatabase } from '@tollgate/embedded-mongo';
import mongoose, { Schema, type Connection } from 'mongoose';
import { expectToFit, findMisfits } from './misfits.js';
import { dropCollections } from './drop-collections.js';

const partSchema = new Schema({ amount: { type: Number, required: true } }, { _id: false });
const schema = new Schema(
  {
    _id: String,
    state: { type: String, enum: ['open', 'closed'], required: true },
    name: { type: String, required: true },
    count: Number,
    at: Date,
    isOld: Boolean,
    parentId: { type: String, default: null },
    lease: { type: { owner: String }, _id: false },
    parts: [partSchema],
    tags: [String],
    anything: Schema.Types.Mixed,
    byName: { type: Map, of: partSchema },
    closedAt: {
      type: Date,
      required(this: { state?: string }) {
        return this.state === 'closed';
      },
    },
    tenantId: { type: String, required: true, default: 'one' },
  },
  { collection: 'things', versionKey: false },
);
const FITTING = {
  state: 'open',
  name: '',
  count: 1,
  at: new Date(0),
  isOld: false,
  parentId: null,
  lease: { owner: 'a' },
  parts: [{ amount: 1 }],
  tags: ['a'],
  anything: { at: { all: [null] } },
  byName: { 'a-b': { amount: 1 } },
  tenantId: 'one',
};

describe('findMisfits', () => {
  let dataDir: string;
  let embedded: EmbeddedDatabase;
  let connection: Connection;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-misfits-'));
    embedded = await startEmbeddedDatabase({ dataDir });
    connection = await mongoose.createConnection(embedded.uri, { dbName: 'd' }).asPromise();
    await connection.model('Thing', schema).init();
  });
  afterEach(() => dropCollections(connection.db));
  afterAll(async () => {
    await connection.close();
    await embedded.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const store = (fields: object) =>
    connection.collection('things').insertOne({ _id: 'x', ...fields } as never);
  const found = async () => (await findMisfits(connection)).map(({ path, problem }) => `${path} ${problem}`);

  it('finds nothing in what the schema says', async () => {
    await store(FITTING);
    await store({ _id: 'y', state: 'open', name: 'a', tenantId: 'one' });
    expect(await findMisfits(connection)).toEqual([]);
    await expectToFit(connection);
  });

  it.each<[string, object, string[]]>([
    ['a field that is not known', { extra: 1 }, ['extra is not in the schema']],
    [
      'a field that is not known, further in',
      { lease: { holder: 'a' } },
      ['lease.holder is not in the schema'],
    ],
    ['what Mongoose would fill in', { tenantId: undefined }, ['tenantId Path `tenantId` is required.']],
    ['what is missing in an element', { parts: [{}] }, ['parts.0.amount Path `amount` is required.']],
    ['what is missing in this state', { state: 'closed' }, ['closedAt Path `closedAt` is required.']],
    ['a number as text', { count: '1' }, ['count is no Number: "1"']],
    ['a date as text', { at: '2026-01-01' }, ['at is no Date: "2026-01-01"']],
    ['a truth as a number', { isOld: 1 }, ['isOld is no Boolean: 1']],
    ['a null', { count: null }, ['count is null']],
    ['one where there is a list', { tags: 'a' }, ['tags is no list']],
    ['an element of another type', { tags: ['a', 2] }, ['tags.1 is no String: 2']],
    [
      'what is not known or missing in a map',
      { byName: { a: { extra: 1 } } },
      ['byName.a.extra is not in the schema', 'byName.a.amount Path `amount` is required.'],
    ],
    ['no map', { byName: [] }, ['byName is no map']],
    ['no object', { lease: 'a' }, ['lease is no object']],
  ])('finds %s', async (_, fields, misfits) => {
    const document = Object.fromEntries(
      Object.entries({ ...FITTING, ...fields }).filter(([, value]) => value !== undefined),
    );
    await store(document);
    expect(await found()).toEqual(misfits);
  });

  it('finds a word that is not one of those there are, and names the document', async () => {
    await store({ ...FITTING, state: 'ajar' });
    await expect(expectToFit(connection)).rejects.toThrow('things x state: `ajar` is not a valid enum value');
  });

  it('finds collections that no model has, but for those that may be there', async () => {
    await connection.collection('others').insertOne({ a: 1 });
    expect(await findMisfits(connection)).toMatchObject([{ collection: 'others', problem: 'has no model' }]);
    expect(await findMisfits(connection, ['others'])).toEqual([]);
  });
});
