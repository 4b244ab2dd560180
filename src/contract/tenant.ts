/** Names of tenants stand in every record that their users make. */
export const MAX_TENANT_CHARACTERS = 64;
const TENANT_ID = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${MAX_TENANT_CHARACTERS - 1}}$`);

/** What a tenant may be called: letters, digits, dots, hyphens and underscores, the first of them a letter or a digit. */
export const TENANT_FORM = `1 to ${MAX_TENANT_CHARACTERS} letters, digits, dots, hyphens or underscores, a letter or a digit first`;

export function isTenantId(value: unknown): value is string {
  return typeof value === 'string' && TENANT_ID.test(value);
}
