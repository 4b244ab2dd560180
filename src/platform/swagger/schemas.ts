import type { OpenAPIObject } from '@nestjs/swagger';

type DocumentSchema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];
type ReferenceObject = Extract<DocumentSchema, { $ref: string }>;
type SchemaObject = Exclude<DocumentSchema, ReferenceObject>;

/** A JSON schema as OpenAPI 3.1 has it. `const` makes a literal type of a generator, where `enum` would make a class with one member. */
export type Schema = ReferenceObject | (SchemaObject & { readonly const?: string });
/** Schemas by the names under which the document has them. */
export type NamedSchemas = Readonly<Record<string, Schema>>;

export const STRING = { type: 'string' } as const;
export const INTEGER = { type: 'integer' } as const;
export const BOOLEAN = { type: 'boolean' } as const;

export function ref(name: string): ReferenceObject {
  return { $ref: `#/components/schemas/${name}` };
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

/** Exactly this text, as the tag of a union has it. */
export function literal(value: string): Schema {
  return { type: 'string', const: value };
}

export function oneOfTexts(...values: readonly string[]): Schema {
  return { type: 'string', enum: [...values] };
}

/** Of a schema that is no reference: the same, or null. */
export function orNull(type: 'string' | 'object' | 'integer'): Schema {
  return { type: [type, 'null'] };
}

/** An object that may have further members. */
export function object(
  description: string,
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  const names = Object.keys(required);
  return {
    type: 'object',
    description,
    ...(names.length === 0 ? {} : { required: names }),
    properties: { ...required, ...optional },
  };
}

/**
 * A union whose variants are told apart by one member.
 * @param variants the name of the schema for each value of that member
 */
export function union(
  description: string,
  member: string,
  variants: Readonly<Record<string, string>>,
): Schema {
  return {
    description,
    oneOf: [...new Set(Object.values(variants))].map(ref),
    discriminator: {
      propertyName: member,
      mapping: Object.fromEntries(Object.entries(variants).map(([value, name]) => [value, ref(name).$ref])),
    },
  };
}

const SCALARS: readonly Schema[] = [STRING, { type: 'number' }, BOOLEAN, { type: 'null' }];

/**
 * What is really free: it comes from an upstream or a client, and goes on as it came. A value that refers to itself would say it better; the generator
 * for Python drops everything that holds one.
 */
export const FREE_SCHEMAS: NamedSchemas = {
  JsonObject: {
    type: 'object',
    additionalProperties: true,
    description: 'Any JSON object: its members are whatever the flow, the tool or the client says.',
  },
  JsonValue: {
    description: 'Any JSON value: whatever the flow, the tool or the client says.',
    oneOf: [
      ref('JsonObject'),
      listOf({ oneOf: [ref('JsonObject'), listOf({ description: 'Any JSON value.' }), ...SCALARS] }),
      ...SCALARS,
    ],
  },
};
