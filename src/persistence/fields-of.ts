/**
 * What a schema says of `T`: something of each of its fields, and of nothing else (`satisfies`). So a field that a record gains, loses or renames is a
 * compile error in its schema.
 */
export type FieldsOf<T> = { readonly [Name in keyof Required<T>]: object };
