import { encodeDocument } from '../bson/encode.js';
import { documentOf, type Document } from '../bson/values.js';
import type { Collection } from '../engine/collection.js';
import { parseFilter } from '../engine/filter/parse.js';
import { parseIndex, type IndexDefinition } from '../engine/index/definition.js';
import { CommandError, badValue, unsupported } from '../errors.js';
import { reads, writes, type Command, type CommandContext } from './context.js';

const NOTHING: Document = new Map();

function existing(context: CommandContext, name: string): Collection {
  const collection = context.catalog.find(context.database, name);
  if (!collection)
    throw new CommandError('NamespaceNotFound', `ns does not exist: ${context.database}.${name}`);
  return collection;
}

const create = writes([], (context, args) => {
  // Creating what is already there with the same (empty) options is no error.
  context.catalog.ensure(context.database, args.string('create'));
  return NOTHING;
});

const drop = writes([], (context, args) => {
  const collection = context.catalog.find(context.database, args.string('drop'));
  if (collection) context.catalog.drop(collection);
  return NOTHING;
});

/** What an index says, but for its name and when its documents expire: with one content two would be the same. */
const contentOf = ({ specification }: IndexDefinition): Buffer =>
  encodeDocument(
    documentOf({ ...Object.fromEntries(specification), name: undefined, expireAfterSeconds: undefined }),
  );

/** Whether an index is there already. @throws CommandError when one of its name, or its content, is there and another */
function isThere({ indexes }: Collection, wanted: IndexDefinition): boolean {
  return indexes.some(({ definition }) => {
    if (encodeDocument(definition.specification).equals(encodeDocument(wanted.specification))) return true;
    const names = `Requested index: ${wanted.name}, existing index: ${definition.name}`;
    if (definition.name === wanted.name)
      throw new CommandError('IndexKeySpecsConflict', `An index of the same name is another. ${names}`);
    if (contentOf(definition).equals(contentOf(wanted)))
      throw new CommandError('IndexOptionsConflict', `It exists with another name or options. ${names}`);
    return false;
  });
}

const createIndexes = writes(['indexes'], (context, args) => {
  const name = args.string('createIndexes');
  const definitions = args.documents('indexes').map(parseIndex);
  if (definitions.length === 0) throw badValue('Must specify at least one index to create');
  const collection = context.catalog.ensure(context.database, name);
  for (const definition of definitions)
    if (!isThere(collection, definition)) context.catalog.addIndex(collection, definition);
  return NOTHING;
});

const dropIndexes = writes(['index'], (context, args) => {
  const collection = existing(context, args.string('dropIndexes'));
  const wanted = args.value('index');
  if (typeof wanted !== 'string' || wanted === '*') throw unsupported('dropping indexes but one by its name');
  const index = collection.indexes.find(({ definition }) => definition.name === wanted);
  if (!index) throw new CommandError('IndexNotFound', `index not found with name [${wanted}]`);
  if (wanted === '_id_') throw new CommandError('InvalidOptions', 'cannot drop _id index');
  context.catalog.dropIndex(collection, index);
  return NOTHING;
});

const listIndexes = reads(['cursor'], (context, args) => {
  const collection = existing(context, args.string('listIndexes'));
  const items = collection.indexes.map(({ definition }) => encodeDocument(definition.specification));
  return context.cursors.first(collection.namespace, items.values(), args.cursorBatchSize());
});

const listCollections = reads(['filter', 'nameOnly', 'authorizedCollections', 'cursor'], (context, args) => {
  const filter = parseFilter(args.document('filter'));
  const more = args.flag('nameOnly') ? {} : { options: NOTHING, info: documentOf({ readOnly: false }) };
  const items = context.catalog
    .collectionsOf(context.database)
    .map(({ name }) => documentOf({ name, type: 'collection', ...more }))
    .filter((document) => filter.matches(document))
    .map(encodeDocument);
  const namespace = `${context.database}.$cmd.listCollections`;
  return context.cursors.first(namespace, items.values(), args.cursorBatchSize());
});

const listDatabases = reads(['nameOnly'], (context, args) => {
  const nameOnly = args.flag('nameOnly');
  const databases = context.catalog.databases().map((name) => {
    if (nameOnly) return documentOf({ name });
    const sizes = context.catalog.collectionsOf(name).map((collection) => collection.size);
    const size = sizes.reduce((sum, each) => sum + each, 0);
    return documentOf({ name, sizeOnDisk: BigInt(size), empty: size === 0 });
  });
  return documentOf({ databases });
});

export const schemaCommands: Record<string, Command> = {
  create,
  drop,
  createIndexes,
  dropIndexes,
  listIndexes,
  listCollections,
  listDatabases,
};
