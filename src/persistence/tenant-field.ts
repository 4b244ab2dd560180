import { DEFAULT_TENANT } from '../platform/tenant.js';

/** `tenantId` in a schema. The default counts for mongoose's own writes; writes to a plain collection name it themselves. */
export const TENANT_FIELD = { type: String, required: true, default: DEFAULT_TENANT };
