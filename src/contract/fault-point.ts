/** The moments in a turn's life at which a crash leaves different things behind. */
export const TURN_FAULT_POINTS = [
  'opened',
  'held',
  'pumped',
  'decided',
  'messages-stored',
  'charged',
  'finished',
  'ended',
  'erased',
] as const;

/** The same of the erasure of a user. */
const ERASURE_FAULT_POINTS = [
  'user-shut-out',
  'user-access-removed',
  'user-sessions-removed',
  'user-rest-removed',
  'user-removed',
] as const;

export const FAULT_POINTS = [...TURN_FAULT_POINTS, ...ERASURE_FAULT_POINTS] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number];
