import { encodeDocument } from '../bson/encode.js';
import { integerOf } from '../bson/numbers.js';
import { documentOf, int32, isDocument, type Document, type Value } from '../bson/values.js';
import type { Collection } from '../engine/collection.js';
import { matches } from '../engine/filter/match.js';
import { parseFilter } from '../engine/filter/parse.js';
import { parseIndex, type IndexDefinition } from '../engine/index/definition.js';
import { CommandError, unsupported } from '../errors.js';
import type { Arguments } from './arguments.js';
import type { Command, CommandContext } from './context.js';

const NOTHING: Document = new Map();

function existing(context: CommandContext, name: string): Collection {
  const collection = context.catalog.find(context.database, name);
  if (!collection)
    throw new CommandError('NamespaceNotFound', `ns does not exist: ${context.database}.${name}`);
  return collection;
}

const create: Command = {
  writes: true,
  options: [],
  run: (context, args) => {
    // Creating what is already there with the same (empty) options is no error.
    context.catalog.ensure(context.database, args.string('create'));
    return NOTHING;
  },
};

const drop: Command = {
  writes: true,
  options: [],
  run: (context, args) => {
    const collection = context.catalog.find(context.database, args.string('drop'));
    if (!collection) return NOTHING;
    context.catalog.drop(collection);
    return documentOf({ nIndexesWas: int32(collection.indexes.length), ns: collection.namespace });
  },
};

const dropDatabase: Command = {
  writes: true,
  options: [],
  run: (context) => {
    for (const collection of context.catalog.collectionsOf(context.database))
      context.catalog.drop(collection);
    return documentOf({ dropped: context.database });
  },
};

function parseIndexes(args: Arguments): IndexDefinition[] {
  const specifications = args.array('indexes') ?? [];
  if (specifications.length === 0)
    throw new CommandError('BadValue', 'Must specify at least one index to create');
  return specifications.map((specification) => {
    if (!isDocument(specification))
      throw new CommandError('TypeMismatch', "The elements of the 'indexes' array must be objects");
    return parseIndex(specification);
  });
}

/** The fields of a key pattern with their directions, as one text. */
const patternText = (pattern: Value | undefined): string =>
  isDocument(pattern)
    ? JSON.stringify([...pattern].map(([path, value]) => [path, integerOf(value) ?? null]))
    : '';

/** The given options of an index, as bytes. */
const optionsOf = ({ specification }: IndexDefinition, options: readonly string[]): Buffer =>
  encodeDocument(new Map(options.map((option) => [option, specification.get(option) ?? null])));

/** Indexes of one pattern may stand side by side when they differ in what documents they hold. */
const CONTENT_OPTIONS = ['partialFilterExpression', 'sparse', 'unique'];
const ALL_OPTIONS = [...CONTENT_OPTIONS, 'expireAfterSeconds'];

/** Whether the index is there already. @throws CommandError 85 or 86 when one is there that differs */
function isThere({ indexes }: Collection, wanted: IndexDefinition): boolean {
  for (const { definition } of indexes) {
    const agree = (options: readonly string[]): boolean =>
      optionsOf(definition, options).equals(optionsOf(wanted, options));
    const isSameKey =
      patternText(definition.specification.get('key')) === patternText(wanted.specification.get('key'));
    const isSameName = definition.name === wanted.name;
    if (isSameName && isSameKey && agree(ALL_OPTIONS)) return true;
    const names = `Requested index: ${wanted.name}, existing index: ${definition.name}`;
    if (isSameName)
      throw new CommandError(
        'IndexKeySpecsConflict',
        `An existing index has the same name as the requested index. ${names}`,
      );
    if (isSameKey && agree(CONTENT_OPTIONS))
      throw new CommandError(
        'IndexOptionsConflict',
        `An equivalent index already exists with a different name or options. ${names}`,
      );
  }
  return false;
}

const createIndexes: Command = {
  writes: true,
  options: ['indexes'],
  run: (context, args) => {
    const name = args.string('createIndexes');
    const definitions = parseIndexes(args);
    const before = context.catalog.find(context.database, name);
    const collection = before ?? context.catalog.create(context.database, name);
    const numIndexesBefore = collection.indexes.length;
    for (const definition of definitions)
      if (!isThere(collection, definition)) context.catalog.addIndex(collection, definition);
    return documentOf({
      numIndexesBefore: int32(numIndexesBefore),
      numIndexesAfter: int32(collection.indexes.length),
      createdCollectionAutomatically: before === undefined,
    });
  },
};

const dropIndexes: Command = {
  writes: true,
  options: ['index'],
  run: (context, args) => {
    const collection = existing(context, args.string('dropIndexes'));
    const wanted = args.value('index');
    if (typeof wanted !== 'string' || wanted === '*')
      throw unsupported('dropping indexes but one by its name');
    const index = collection.indexes.find(({ definition }) => definition.name === wanted);
    if (!index) throw new CommandError('IndexNotFound', `index not found with name [${wanted}]`);
    if (wanted === '_id_') throw new CommandError('InvalidOptions', 'cannot drop _id index');
    const nIndexesWas = int32(collection.indexes.length);
    context.catalog.dropIndex(collection, index);
    return documentOf({ nIndexesWas });
  },
};

const listIndexes: Command = {
  writes: false,
  options: ['cursor'],
  run: (context, args) => {
    const collection = existing(context, args.string('listIndexes'));
    const items = collection.indexes.map(({ definition }) => encodeDocument(definition.specification));
    return context.cursors.first(collection.namespace, items.values(), args.cursorBatchSize());
  },
};

const listCollections: Command = {
  writes: false,
  options: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'],
  run: (context, args) => {
    const filter = parseFilter(args.document('filter'));
    const more = args.flag('nameOnly') ? {} : { options: NOTHING, info: documentOf({ readOnly: false }) };
    const items = context.catalog
      .collectionsOf(context.database)
      .map(({ name }) => documentOf({ name, type: 'collection', ...more }))
      .filter((document) => matches(filter, document))
      .map(encodeDocument);
    const namespace = `${context.database}.$cmd.listCollections`;
    return context.cursors.first(namespace, items.values(), args.cursorBatchSize());
  },
};

const listDatabases: Command = {
  writes: false,
  options: ['nameOnly'],
  run: (context, args) => {
    const nameOnly = args.flag('nameOnly');
    const databases = context.catalog.databases().map((name) => {
      if (nameOnly) return documentOf({ name });
      const sizes = context.catalog.collectionsOf(name).map((collection) => collection.size());
      const size = sizes.reduce((sum, each) => sum + each, 0);
      return documentOf({ name, sizeOnDisk: BigInt(size), empty: size === 0 });
    });
    return documentOf({ databases });
  },
};

export const schemaCommands: Record<string, Command> = {
  create,
  drop,
  dropDatabase,
  createIndexes,
  dropIndexes,
  listIndexes,
  listCollections,
  listDatabases,
};
