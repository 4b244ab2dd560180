import { readFileSync } from 'node:fs';
import { understoodLanguage, type Language } from '../../../packages/embedded-mongo/test/support/language.js';
import { ASKED, DRIVER, SHELL } from './asked.js';
import { capture, expectListedCommands } from './listed-commands.js';
import { namesIn } from './names-in.js';

const KINDS = Object.keys(ASKED) as (keyof Language)[];
const ROOT = new URL('../../../', import.meta.url);

describe('the language of the embedded database', () => {
  it.each(KINDS)('has no %s but those that are asked for', (kind) => {
    expect([...understoodLanguage()[kind]].sort()).toEqual(Object.keys(ASKED[kind]).sort());
  });

  /** Methods of the driver whose commands have other names. */
  const METHODS: Readonly<Record<string, string>> = {
    insert: 'insertOne',
    update: 'updateOne',
    delete: 'deleteOne',
    findAndModify: 'findOneAndUpdate',
    dropIndexes: 'dropIndex',
  };

  it.each(
    KINDS.flatMap((kind) =>
      Object.entries(ASKED[kind])
        .filter(([, user]) => ![DRIVER, SHELL].includes(user))
        .map(([name, user]) => [kind, name, user] as const),
    ),
  )('%s %s is asked for in %s', (_, name, user) => {
    const word = name.split('.').at(-1) ?? name;
    expect(readFileSync(new URL(user, ROOT), 'utf8')).toContain(METHODS[word] ?? word);
  });

  it('is heard in commands, not in what they store', () => {
    expect(
      namesIn({
        update: 'c',
        updates: [
          {
            q: { a: { $not: { $gt: 1 } }, $or: [{ b: { $elemMatch: { c: { $in: [{ $x: 1 }] } } } }] },
            u: { $set: { d: { $y: 1 } }, $pull: { e: { $lt: 1 }, f: { g: { $gte: 1 } } } },
          },
        ],
        lsid: {},
      }),
    ).toEqual([
      'command update',
      'option update.updates',
      'option lsid',
      'option update.updates.q',
      'option update.updates.u',
      'query operator $not',
      'query operator $gt',
      'query operator $or',
      'query operator $elemMatch',
      'query operator $in',
      'update operator $set',
      'update operator $pull',
      'query operator $lt',
      'query operator $gte',
    ]);
    expect(
      namesIn({
        aggregate: 'c',
        pipeline: [
          { $match: { a: { $ne: 1 } } },
          { $group: { _id: { day: { $dateToString: {} } }, n: { $avg: 1 } } },
        ],
      }),
    ).toEqual([
      'command aggregate',
      'option aggregate.pipeline',
      'stage $match',
      'query operator $ne',
      'stage $group',
      'expression $dateToString',
      'accumulator $avg',
    ]);
  });

  it('is left by a command that says something else', () => {
    capture({ find: 'c', filter: { a: { $gt: 1 } } });
    expectListedCommands();
    capture({ find: 'c', filter: { a: { $regex: 'x' } } });
    expect(expectListedCommands).toThrow('query operator $regex');
  });
});
