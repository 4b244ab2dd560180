export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Takes away what was read beyond a page, to learn whether more follows. */
export function cut<T>(
  items: readonly T[],
  limit: number,
): { readonly kept: readonly T[]; readonly more: boolean } {
  return { kept: items.slice(0, limit), more: items.length > limit };
}
