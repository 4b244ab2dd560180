import { createHash } from 'node:crypto';

/**
 * What chatflows with the same buckets have in common, in whatever order and however often they name them; Storm's clients name a chatflow by it.
 * @returns undefined for a chatflow without buckets
 */
export function bucketsKeyOf(bucketIds: readonly string[] = []): string | undefined {
  if (bucketIds.length === 0) return undefined;
  const buckets = [...new Set(bucketIds)].sort();
  return createHash('sha256').update(JSON.stringify(buckets)).digest('base64url');
}
