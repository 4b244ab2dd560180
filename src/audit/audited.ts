import type { AuditAction, AuditTargetKind } from './audit-entry.js';

export const AUDITED = 'tollgate:audited';

/** How a route is written down. */
export interface Audited {
  readonly action: AuditAction;
  readonly target?: {
    readonly kind: AuditTargetKind;
    /** The parameter of the path that names it. */
    readonly param: string;
  };
  /** What the action makes, if anything: told of its outcome. */
  readonly makes?: {
    readonly kind: AuditTargetKind;
    /** Where the answer says its id. */
    readonly path: string;
  };
  /** What is told of the body, by name: paths as `price.credits`, of numbers, names and switches alone. */
  readonly details?: Readonly<Record<string, string>>;
  /** The same of what the route answers, told of its outcome. */
  readonly outcome?: Readonly<Record<string, string>>;
}
