import { documentOf, int32, isDocument, type Document, type Value, isArray } from '../bson/values.js';
import { encodeDocument } from '../bson/encode.js';
import { CommandError, unsupported } from '../errors.js';
import type { Collection } from '../engine/collection.js';
import { matches } from '../engine/filter/match.js';
import { parseFilter } from '../engine/filter/parse.js';
import { parseIndex, type IndexDefinition } from '../engine/index/definition.js';
import type { OpenIndex } from '../engine/index/planner.js';
import type { Arguments } from './arguments.js';
import type { Command, CommandContext } from './context.js';
import { samePattern } from './query.js';

const NOTHING: Document = new Map();

function existing(context: CommandContext, name: string): Collection {
  const collection = context.catalog.find(context.database, name);
  if (!collection)
    throw new CommandError('NamespaceNotFound', `ns does not exist: ${context.database}.${name}`);
  return collection;
}

const create: Command = {
  writes: true,
  run: (context, args) => {
    const name = args.string('create');
    args.writeConcern();
    args.simpleCollation();
    args.ignore('autoIndexId', 'maxTimeMS');
    args.refuseUnlessFalsy(
      'capped',
      'timeseries',
      'viewOn',
      'pipeline',
      'validator',
      'changeStreamPreAndPostImages',
      'encryptedFields',
      'clusteredIndex',
      'expireAfterSeconds',
      'storageEngine',
      'indexOptionDefaults',
    );
    args.finish();
    // Creating what is already there with the same (empty) options is no error.
    context.catalog.ensure(context.database, name);
    return NOTHING;
  },
};

const drop: Command = {
  writes: true,
  run: (context, args) => {
    const name = args.string('drop');
    args.writeConcern();
    args.ignore('maxTimeMS');
    args.finish();
    const collection = context.catalog.find(context.database, name);
    if (!collection) return NOTHING;
    const nIndexesWas = int32(collection.indexes.length);
    context.catalog.drop(collection);
    return documentOf({ nIndexesWas, ns: collection.namespace });
  },
};

const dropDatabase: Command = {
  writes: true,
  run: (context, args) => {
    args.ignore('dropDatabase', 'maxTimeMS');
    args.writeConcern();
    args.finish();
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

const withoutName = (specification: Document): Buffer => {
  const rest = new Map(specification);
  rest.delete('name');
  rest.delete('v');
  return encodeDocument(rest);
};

/** Whether the index is there already. @throws CommandError 85 or 86 when one is there that differs */
function isThere(collection: Collection, wanted: IndexDefinition): boolean {
  for (const { definition } of collection.indexes) {
    const key = definition.specification.get('key');
    const wantedKey = wanted.specification.get('key');
    const sameKey = isDocument(key) && isDocument(wantedKey) && samePattern(key, wantedKey);
    const sameName = definition.name === wanted.name;
    const same =
      sameKey &&
      (definition.name === '_id_' ||
        withoutName(definition.specification).equals(withoutName(wanted.specification)));
    if (same && sameName) return true;
    if (same)
      throw new CommandError(
        'IndexOptionsConflict',
        `Index already exists with a different name: ${definition.name}`,
      );
    if (sameName) {
      throw new CommandError(
        'IndexKeySpecsConflict',
        `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${wanted.name}, existing index: ${definition.name}`,
      );
    }
    if (sameKey && !partialOf(definition).equals(partialOf(wanted))) continue;
    if (sameKey) {
      throw new CommandError(
        'IndexOptionsConflict',
        `An equivalent index already exists with a different name and options. Requested index: ${wanted.name}, existing index: ${definition.name}`,
      );
    }
  }
  return false;
}

/** Indexes of one pattern may stand side by side when they differ in what documents they hold. */
const partialOf = ({ specification }: IndexDefinition): Buffer =>
  encodeDocument(
    documentOf({
      partial: specification.get('partialFilterExpression'),
      sparse: specification.get('sparse'),
      unique: specification.get('unique'),
    }),
  );

const createIndexes: Command = {
  writes: true,
  run: (context, args) => {
    const name = args.string('createIndexes');
    const definitions = parseIndexes(args);
    args.writeConcern();
    args.ignore('commitQuorum', 'maxTimeMS');
    args.finish();
    const before = context.catalog.find(context.database, name);
    const collection = before ?? context.catalog.create(context.database, name);
    const numIndexesBefore = collection.indexes.length;
    for (const definition of definitions)
      if (!isThere(collection, definition)) context.catalog.addIndex(collection, definition);
    const unchanged = collection.indexes.length === numIndexesBefore;
    return documentOf({
      numIndexesBefore: int32(numIndexesBefore),
      numIndexesAfter: int32(collection.indexes.length),
      createdCollectionAutomatically: before === undefined,
      note: unchanged ? 'all indexes already exist' : undefined,
    });
  },
};

function indexesToDrop(collection: Collection, wanted: Value): OpenIndex[] {
  if (wanted === '*') return collection.indexes.filter(({ definition }) => definition.name !== '_id_');
  if (isArray(wanted)) return wanted.flatMap((entry) => indexesToDrop(collection, entry));
  const index = collection.indexes.find(({ definition }) => {
    const key = definition.specification.get('key');
    return isDocument(wanted) ? isDocument(key) && samePattern(key, wanted) : definition.name === wanted;
  });
  if (!index)
    throw new CommandError(
      'IndexNotFound',
      `index not found with name [${typeof wanted === 'string' ? wanted : ''}]`,
    );
  if (index.definition.name === '_id_') throw new CommandError('InvalidOptions', 'cannot drop _id index');
  return [index];
}

const dropIndexes: Command = {
  writes: true,
  run: (context, args) => {
    const collection = existing(
      context,
      args.value('dropIndexes') === undefined ? args.string('deleteIndexes') : args.string('dropIndexes'),
    );
    const dropped = indexesToDrop(collection, args.value('index') ?? '*');
    args.writeConcern();
    args.ignore('maxTimeMS');
    args.finish();
    const nIndexesWas = int32(collection.indexes.length);
    for (const index of dropped) context.catalog.dropIndex(collection, index);
    return documentOf({ nIndexesWas });
  },
};

const listIndexes: Command = {
  writes: false,
  run: (context, args) => {
    const collection = existing(context, args.string('listIndexes'));
    const batchSize = args.document('cursor')?.get('batchSize');
    args.ignore('maxTimeMS');
    args.finish();
    const items = collection.indexes.map(({ definition }) => encodeDocument(definition.specification));
    return context.cursors.first(collection.namespace, items.values(), sizeOf(batchSize));
  },
};

const listCollections: Command = {
  writes: false,
  run: (context, args) => {
    args.ignore('listCollections', 'authorizedCollections', 'maxTimeMS');
    const filter = parseFilter(args.document('filter') ?? NOTHING);
    const nameOnly = args.flag('nameOnly');
    const batchSize = args.document('cursor')?.get('batchSize');
    args.finish();
    const items = context.catalog
      .collectionsOf(context.database)
      .map(({ name }) =>
        nameOnly
          ? documentOf({ name, type: 'collection' })
          : documentOf({
              name,
              type: 'collection',
              options: NOTHING,
              info: documentOf({ readOnly: false }),
              idIndex: documentOf({ v: int32(2), key: documentOf({ _id: int32(1) }), name: '_id_' }),
            }),
      )
      .filter((document) => matches(filter, document))
      .map(encodeDocument);
    return context.cursors.first(
      `${context.database}.$cmd.listCollections`,
      items.values(),
      sizeOf(batchSize),
    );
  },
};

const listDatabases: Command = {
  writes: false,
  run: (context, args) => {
    args.ignore('listDatabases', 'authorizedDatabases', 'maxTimeMS');
    const filter = parseFilter(args.document('filter') ?? NOTHING);
    const nameOnly = args.flag('nameOnly');
    args.finish();
    let totalSize = 0;
    const databases: Document[] = [];
    for (const name of context.catalog.databases()) {
      const size = context.catalog
        .collectionsOf(name)
        .reduce((sum, collection) => sum + collection.size(), 0);
      const document = nameOnly
        ? documentOf({ name })
        : documentOf({ name, sizeOnDisk: BigInt(size), empty: size === 0 });
      if (!matches(filter, document)) continue;
      databases.push(document);
      totalSize += size;
    }
    return documentOf({ databases, totalSize: nameOnly ? undefined : BigInt(totalSize) });
  },
};

function sizeOf(value: Value | undefined): number | undefined {
  if (value === undefined) return undefined;
  const size = isDocument(value)
    ? undefined
    : Number(typeof value === 'object' && value !== null && 'value' in value ? value.value : value);
  if (size === undefined || !Number.isInteger(size) || size < 0) throw unsupported('this batchSize');
  return size;
}

export const schemaCommands: Record<string, Command> = {
  create,
  drop,
  dropDatabase,
  createIndexes,
  dropIndexes,
  deleteIndexes: dropIndexes,
  listIndexes,
  listCollections,
  listDatabases,
};
