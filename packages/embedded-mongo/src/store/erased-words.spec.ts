import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEngine, type EmbeddedEngine } from '../../test/support/embedded-engine.js';

const SECRET = 'Geheimniskraemer';
const OTHER = 'nothing to hide';
const ROUNDS = 60;
const PER_ROUND = 20;

/** Numbers that are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state % below;
  };
}

describe('what was deleted', () => {
  let engine: EmbeddedEngine;
  beforeEach(() => {
    engine = openEngine();
    engine.ok({ create: 'notes' });
    engine.ok({
      createIndexes: 'notes',
      indexes: [
        { key: { words: 1, order: 1 }, name: 'words' },
        { key: { owner: 1 }, name: 'owner' },
      ],
    });
  });
  afterEach(() => engine.close());

  /** The names of the files that hold the text. */
  const filesWith = (text: string): string[] =>
    readdirSync(engine.directory).filter((name) => readFileSync(join(engine.directory, name)).includes(text));

  /** Documents of two owners among each other, of all sizes, changed as they come. */
  function write(seed: number): void {
    const random = numbers(seed);
    for (let round = 0; round < ROUNDS; round += 1) {
      const documents = Array.from({ length: PER_ROUND }, (_, index) => {
        const isSecret = random(2) === 0;
        const text = isSecret ? SECRET : OTHER;
        return {
          _id: `${random(1e6)}-${round}-${index}`,
          owner: isSecret ? 'ada' : 'bob',
          words: Array.from({ length: random(12) }, (__, at) => `${at}${text}${random(1000)}`),
          text: text.repeat(random(10) === 0 ? random(3000) : random(30)),
          order: random(1000),
        };
      });
      engine.ok({ insert: 'notes', documents });
      const changed = documents.filter(({ owner }) => owner === 'ada').slice(0, 5);
      const updates = changed.map(({ _id }) => ({
        q: { _id },
        u: { $set: { text: SECRET.repeat(random(50)) } },
      }));
      if (updates.length > 0) engine.ok({ update: 'notes', updates });
    }
  }

  it.each([1, 2, 3])('is in none of the files, once the log was emptied (seed %i)', (seed) => {
    write(seed);
    expect(filesWith(SECRET)).not.toEqual([]);
    engine.ok({ delete: 'notes', deletes: [{ q: { owner: 'ada' }, limit: 0 }] });
    // Until then the log tells what was.
    expect(filesWith(SECRET)).toContain('data.db-wal');
    expect(engine.ok({ fsync: 1, $db: 'admin' })).toMatchObject({ numFiles: { value: 1 } });
    expect(filesWith(SECRET)).toEqual([]);
    expect(filesWith(OTHER)).toEqual(['data.db']);
    expect(engine.find('notes', { owner: 'ada' })).toEqual([]);
  });

  it('is neither when it was taken out of a document that stays', () => {
    write(4);
    engine.ok({
      update: 'notes',
      updates: [{ q: { owner: 'ada' }, u: { $set: { words: [] }, $unset: { text: 1 } }, multi: true }],
    });
    engine.ok({ fsync: 1, $db: 'admin' });
    expect(filesWith(SECRET)).toEqual([]);
  });
});
