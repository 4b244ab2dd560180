import { DateValue, documentOf } from '../bson/values.js';
import type { Catalog } from './catalog.js';
import type { Collection, FoundDocument } from './collection.js';
import { parseFilter } from './filter/parse.js';
import { planQuery } from './index/planner.js';

/** At most this many documents go at once, so that clients do not wait long. */
export const MAX_EXPIRED_AT_ONCE = 200;

/** The first documents whose indexed date (the earliest of an array) is past its TTL. Values that are no dates never expire. */
export function expiredDocuments(
  catalog: Catalog,
  now: number,
): { collection: Collection; found: FoundDocument }[] {
  const expired = new Map<string, { collection: Collection; found: FoundDocument }>();
  for (const collection of catalog.all()) {
    for (const index of collection.indexes) {
      const { expireAfterSeconds, fields } = index.definition;
      const [field] = fields;
      if (expireAfterSeconds === undefined || !field) continue;
      const limit = new DateValue(now - expireAfterSeconds * 1000);
      const filter = parseFilter(documentOf({ [field.path]: documentOf({ $lte: limit }) }));
      for (const found of collection.find(planQuery(filter, [], [index]), filter)) {
        expired.set(`${collection.space}:${found.id}`, { collection, found });
        if (expired.size >= MAX_EXPIRED_AT_ONCE) return [...expired.values()];
      }
    }
  }
  return [...expired.values()];
}
