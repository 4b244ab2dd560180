import { isDeepStrictEqual } from 'node:util';

interface NamedIndex {
  readonly name: string;
  readonly key: Readonly<Record<string, unknown>>;
}

/** Of versions before; others have taken their place. Each costs a write with every document, and only speed rested on them. */
export const SUPERSEDED: readonly (NamedIndex & { readonly collection: string })[] = [
  { collection: 'turns', name: 'by_user_session', key: { userId: 1, sessionId: 1, position: 1, _id: 1 } },
  {
    collection: 'credit_transactions',
    name: 'account_newest',
    key: { accountId: 1, createdAt: -1, _id: -1 },
  },
  {
    collection: 'credit_transactions',
    name: 'account_kind_createdAt',
    key: { accountId: 1, kind: 1, createdAt: 1 },
  },
];

/** Whether it is one of them, and not another of its name. */
export function isSuperseded(collection: string, { name, key }: NamedIndex): boolean {
  return SUPERSEDED.some(
    (one) =>
      one.collection === collection &&
      one.name === name &&
      // The order of the fields counts.
      isDeepStrictEqual(Object.entries(one.key), Object.entries(key)),
  );
}
