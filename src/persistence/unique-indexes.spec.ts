import type { Schema } from 'mongoose';
import { MODELS } from './models.js';

const SCHEMAS = MODELS.map(({ schema }) => schema as Schema);

/**
 * Unique across all users, because they are what a user is found by, or what users call a chatflow, or the place of an entry in the one audit log. The others of this kind are an `_id`: that of
 * an identity is made of issuer and subject, that of a login is in its refresh token.
 */
const LOOK_UPS = [
  'users: email',
  'api_keys: keyHash',
  'audit_entries: sequence',
  'chatflows: tenantId, bucketsKey',
];

const collectionOf = (schema: Schema) => String(schema.get('collection'));

/** `collection: field, field` of every unique index. */
function uniqueIndexes(): { name: string; fields: string[] }[] {
  return SCHEMAS.flatMap((schema) =>
    schema
      .indexes()
      .filter(([, options]) => options.unique === true)
      .map(([keys]) => Object.keys(keys))
      .map((fields) => ({ name: `${collectionOf(schema)}: ${fields.join(', ')}`, fields })),
  );
}

describe('the records', () => {
  it('are unique within a user or an account, except for what a user is found by', () => {
    const acrossUsers = uniqueIndexes().filter(
      ({ fields: [first] }) => first !== 'userId' && first !== 'accountId',
    );
    expect(acrossUsers.map(({ name }) => name)).toEqual(LOOK_UPS);
  });

  it('declare no unique field beside these indexes', () => {
    const declared = SCHEMAS.flatMap((schema) =>
      Object.entries(schema.paths)
        .filter(([, { options }]) => options.unique !== undefined)
        .map(([path]) => `${collectionOf(schema)}: ${path}`),
    );
    expect(declared).toEqual([]);
  });

  it.each(SCHEMAS.map((schema) => [collectionOf(schema), schema] as const))(
    'of %s name their tenant',
    (_, schema) => {
      expect(schema.path('tenantId').options).toMatchObject({ required: true, default: 'default' });
    },
  );

  it('leave the account’s user to the user’s record', () => {
    const ofAccounts = SCHEMAS.filter((schema) => collectionOf(schema).startsWith('credit_'));
    expect(ofAccounts).toHaveLength(2);
    expect(ofAccounts.map((schema) => schema.path('userId') as unknown)).toEqual([undefined, undefined]);
  });
});
