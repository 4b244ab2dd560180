/**
 * Where the product goes past what stands around it because that is faster: each can be switched off (`BYPASSES_OFF`), to see whether it is to blame for
 * something, or until an upgrade is understood. What each buys and what guards it stands in docs/bypasses.md.
 */
export const BYPASSES = [
  'frames-to-socket',
  'early-headers',
  'shaped-requests',
  'raw-headers',
  'remembered-rules',
  'direct-connection',
] as const;
export type Bypass = (typeof BYPASSES)[number];
