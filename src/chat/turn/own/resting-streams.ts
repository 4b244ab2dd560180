import type { Principal } from '../../../contract/principal.js';
import type { ChangeKind } from '../../../cluster/change-feed.service.js';

/** What goes on by somebody's authority: a turn that they have asked, or their reading of one. */
export interface Resting {
  readonly kind: 'turn' | 'reading';
  readonly principal: Principal;
  readonly chatflowId: string;
  /** Of `turn`: it ends. Of `reading`: nothing more goes to this reader. Does no harm when it is over. */
  readonly end: (wholeUser: boolean) => void;
}

/** Which of them a change may concern. `key` absent: any. */
export interface Change {
  readonly kind: ChangeKind;
  readonly key: string | undefined;
}

/** What turns and readings rest on. */
export const WATCHED_KINDS = [
  'user',
  'api-key',
  'chatflow',
  'provider-session',
] as const satisfies readonly ChangeKind[];

/** @param changes those that have come since the last look */
export function isConcerned({ principal, chatflowId }: Resting, changes: readonly Change[]): boolean {
  return changes.some(({ kind, key }) => {
    if (key === undefined) return true;
    if (kind === 'user') return key === principal.userId;
    if (kind === 'api-key') return key === principal.apiKeyHash;
    // Which of an issuer's users it is, its key does not say.
    if (kind === 'provider-session') return principal.issuer !== undefined;
    return key === chatflowId;
  });
}

/** Those with the same answer to whether they may go on, so that it is asked once for all of them. */
export function byAuthority(resting: Iterable<Resting>): readonly (readonly [Resting, ...Resting[]])[] {
  const groups = new Map<string, [Resting, ...Resting[]]>();
  for (const one of resting) {
    const { kind, chatflowId, principal } = one;
    const { userId, apiKeyHash, loginId, issuerSession, issuedAt, roles } = principal;
    const name = JSON.stringify([
      kind,
      chatflowId,
      userId,
      apiKeyHash,
      loginId,
      issuerSession,
      issuedAt,
      roles,
    ]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}
