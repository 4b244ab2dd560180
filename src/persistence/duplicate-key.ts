const DUPLICATE_KEY = 11000;

interface WriteErrorShape {
  readonly code?: unknown;
  readonly keyPattern?: Readonly<Record<string, unknown>>;
  readonly writeErrors?: readonly { readonly code?: unknown }[];
}

/** Whether the database refused a write because of a unique index. */
export function isDuplicateKey(error: unknown): boolean {
  return (error as WriteErrorShape | null)?.code === DUPLICATE_KEY;
}

/** The same, because of an index that this field is a part of. */
export function isDuplicateOf(error: unknown, field: string): boolean {
  return isDuplicateKey(error) && (error as WriteErrorShape).keyPattern?.[field] !== undefined;
}

/** Whether a bulk write failed for nothing but documents that were there already. */
export function isOnlyDuplicates(error: unknown): boolean {
  if (!isDuplicateKey(error)) return false;
  const { writeErrors } = error as WriteErrorShape;
  return writeErrors?.every((one) => one.code === DUPLICATE_KEY) ?? true;
}
