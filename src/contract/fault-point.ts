/** The moments in a turn's life at which a crash leaves different things behind. */
export const FAULT_POINTS = [
  'opened',
  'held',
  'pumped',
  'decided',
  'messages-stored',
  'charged',
  'finished',
  'ended',
  'erased',
  'user-shut-out',
  'user-access-removed',
  'user-sessions-removed',
  'user-rest-removed',
  'user-removed',
] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number];
