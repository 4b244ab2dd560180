/** The way to a field of a document: names of objects' fields and places in lists. */
export type FieldPath = readonly (string | number)[];

type Fields = Record<string, unknown>;

/** Every field of every object in a document, outermost first. */
export function fieldsOf(document: unknown, path: FieldPath = []): FieldPath[] {
  if (Array.isArray(document)) return document.flatMap((one, index) => fieldsOf(one, [...path, index]));
  if (document === null || typeof document !== 'object') return [];
  return Object.entries(document).flatMap(([name, value]) => [
    [...path, name],
    ...fieldsOf(value, [...path, name]),
  ]);
}

/**
 * Whether an object's fields may have any name.
 * @param free paths of such objects; one that begins with `*.` stands for all that end so
 */
export function isFree(path: FieldPath, free: readonly string[]): boolean {
  const written = path.filter((step) => typeof step === 'string').join('.');
  return free.some((one) => (one.startsWith('*.') ? `.${written}`.endsWith(one.slice(1)) : written === one));
}

/** A copy of the document in which that field has a name that is none. */
export function withMisspelt(document: unknown, path: FieldPath): unknown {
  const copy = structuredClone(document);
  const owner = path.slice(0, -1).reduce<Fields>((at, step) => at[step] as Fields, copy as Fields);
  const name = String(path.at(-1));
  owner[`${name}x`] = owner[name];
  delete owner[name];
  return copy;
}

/** YAML's merge keys (`<<`) as Compose reads them: what an object says itself goes before what it takes over. */
export function withMerges(document: unknown): unknown {
  if (Array.isArray(document)) return document.map(withMerges);
  if (document === null || typeof document !== 'object') return document;
  const { '<<': taken, ...own } = document as Fields;
  return Object.fromEntries(
    Object.entries({ ...(withMerges(taken) as Fields | undefined), ...own }).map(([name, value]) => [
      name,
      withMerges(value),
    ]),
  );
}
