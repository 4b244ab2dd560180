import type { Connection, Schema, SchemaType } from 'mongoose';

/** Something in a stored document that its schema does not say, or says otherwise. */
export interface Misfit {
  readonly collection: string;
  readonly id: unknown;
  readonly path: string;
  readonly problem: string;
}

/** A type of a schema; every one has it, and the library's types don't say so. */
type ClaimedType = SchemaType & { doValidateSync(value: unknown, scope: unknown): Error | null | undefined };
type Fields = Readonly<Record<string, unknown>>;
type Report = (path: string, problem: string) => void;

/** How Mongoose names the path of a map's members. */
const MEMBERS_OF_MAP = '.$*';

/** What a value of BSON is called by the types of Mongoose that say anything of it. */
const IS_OF_TYPE: Readonly<Record<string, (value: unknown) => boolean>> = {
  String: (value) => typeof value === 'string',
  Number: (value) => typeof value === 'number',
  Boolean: (value) => typeof value === 'boolean',
  Date: (value) => value instanceof Date,
  Buffer: (value) => (value as { readonly _bsontype?: unknown })._bsontype === 'Binary',
};

/**
 * Holds all documents of a database against the schemas of its models, as they lie there: Mongoose would cast them, fill in defaults and leave out what
 * it does not know. So what is written past Mongoose is known to be what the schemas say.
 * @param others collections that may be there without a model
 */
export async function findMisfits(connection: Connection, others: readonly string[] = []): Promise<Misfit[]> {
  const misfits: Misfit[] = [];
  const models = Object.values(connection.models);
  for (const { schema, collection } of models) {
    const name = collection.collectionName;
    for await (const document of connection.collection(name).find()) {
      checkFields(schema, document, '', (path, problem) =>
        misfits.push({ collection: name, id: document._id, path, problem }),
      );
    }
  }
  const known = [...models.map(({ collection }) => collection.collectionName), ...others];
  for (const { name } of (await connection.db?.listCollections({}, { nameOnly: true }).toArray()) ?? []) {
    if (!known.includes(name))
      misfits.push({ collection: name, id: null, path: '', problem: 'has no model' });
  }
  return misfits;
}

/** @throws Error that names each misfit with its document and path */
export async function expectToFit(connection: Connection, others: readonly string[] = []): Promise<void> {
  const misfits = await findMisfits(connection, others);
  if (misfits.length === 0) return;
  const lines = misfits.map(
    ({ collection, id, path, problem }) => `${collection} ${String(id)} ${path}: ${problem}`,
  );
  throw new Error(`Stored documents are not what their schemas say:\n${lines.join('\n')}`);
}

function checkFields(schema: Schema, fields: Fields, prefix: string, report: Report): void {
  const claimed = schema.paths as Readonly<Record<string, ClaimedType>>;
  for (const name of Object.keys(fields)) {
    // Nothing here has nested paths: an object is a schema of its own.
    if (!Object.hasOwn(claimed, name)) report(prefix + name, 'is not in the schema');
  }
  for (const [name, type] of Object.entries(claimed)) {
    // What a map's members are stands as a path of its own; they are looked at with the map.
    if (name.endsWith(MEMBERS_OF_MAP)) continue;
    const value = fields[name];
    const path = prefix + name;
    if (value !== undefined && !checkValue(type, value, path, report)) continue;
    // An empty text is one that is there; Mongoose counts it as missing.
    const error = value === '' ? null : type.doValidateSync(value, fields);
    if (error) report(path, error.message);
  }
}

/** @returns whether it is of the type, so that the schema's validators can read it */
function checkValue(type: SchemaType, value: unknown, path: string, report: Report): boolean {
  const { instance } = type;
  if (instance === 'Mixed') return true;
  if (value === null) {
    if (defaultOf(type) !== null) report(path, 'is null');
    return false;
  }
  if (instance === 'Array') {
    const isList = Array.isArray(value);
    if (!isList) report(path, 'is no list');
    else
      value.forEach((member: unknown, index) =>
        checkMember(elementOf(type), member, `${path}.${index}`, report),
      );
    // What validates a list reads Mongoose's own lists.
    return false;
  }
  if (instance === 'Map') {
    const members = typeof value === 'object' && !Array.isArray(value) ? Object.entries(value as Fields) : [];
    if (typeof value !== 'object' || Array.isArray(value)) report(path, 'is no map');
    const member = (type as { readonly $__schemaType?: SchemaType }).$__schemaType;
    for (const [name, each] of members) checkMember(member, each, `${path}.${name}`, report);
    return false;
  }
  if (instance === 'Embedded') {
    checkObject(type.schema, value, path, report);
    return false;
  }
  const isOfType = IS_OF_TYPE[instance]?.(value) === true;
  if (!isOfType) report(path, `is no ${instance}: ${String(JSON.stringify(value)).slice(0, 200)}`);
  return isOfType;
}

function checkMember(element: SchemaType | Schema | undefined, value: unknown, path: string, report: Report) {
  if (element === undefined) report(path, 'is in a list of which the schema says nothing');
  else if ('paths' in element) checkObject(element, value, path, report);
  else checkValue(element, value, path, report);
}

function checkObject(schema: Schema | undefined, value: unknown, path: string, report: Report): void {
  if (schema === undefined || typeof value !== 'object' || value === null || Array.isArray(value))
    return report(path, 'is no object');
  const kind = kindOf(schema, value as Fields);
  if (kind === undefined) report(path, `is of no kind that there is: ${JSON.stringify(value)}`);
  else checkFields(kind, value as Fields, `${path}.`, report);
}

/** Of a union, the schema of the kind that the object says it is; else the schema. */
function kindOf(schema: Schema, value: Fields): Schema | undefined {
  const kinds = schema.discriminators;
  if (kinds === undefined) return schema;
  const kind = value[String(schema.get('discriminatorKey'))];
  return typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
}

/** What the elements of a list are: documents have a schema, all else a type. */
function elementOf(type: SchemaType): SchemaType | Schema | undefined {
  const { schema, embeddedSchemaType } = type as SchemaType & { readonly embeddedSchemaType?: SchemaType };
  return schema ?? embeddedSchemaType;
}

function defaultOf(type: SchemaType): unknown {
  return (type.options as { readonly default?: unknown }).default;
}
