import { isTenantId, TENANT_FORM } from '../../contract/tenant.js';
import { editDistance } from '../schema/edit-distance.js';
import { claimPaths, url } from '../schema/kinds.js';
import { ISSUER_ALGORITHMS, type IssuerAlgorithm } from './issuer-config.js';

/** Of one text: longer than any address or name of a claim. */
const MAX_VALUE_CHARACTERS = 2000;
/** Of the name on the button. */
const MAX_NAME_CHARACTERS = 100;
/** Of an issuer: more audiences than a token has to name one of. */
const MAX_AUDIENCES = 10;
/** Asked for in one request. */
const MAX_ISSUER_SCOPES = 20;
/** Roles and groups of a provider that mean something here. */
const MAX_MAPPED_ROLES = 500;
/** Tenants of a provider that mean one of ours. */
const MAX_MAPPED_TENANTS = 1000;
/** Sent along by clients; known providers need one. */
const MAX_PARAMETERS = 10;
/** Two slips in a name are still the same word. */
const SLIPS = 2;

const CONTROL = /\p{C}/u;

/** One field of an issuer: what it must be, and its value; `undefined` for a value that is none. */
export interface Field<T> {
  readonly form: string;
  readonly parse: (value: unknown) => T | undefined;
}

const field = <T>(form: string, parse: (value: unknown) => T | undefined): Field<T> => ({ form, parse });

function isText(value: unknown, max = MAX_VALUE_CHARACTERS): value is string {
  return typeof value === 'string' && value !== '' && value.length <= max && !CONTROL.test(value);
}

function listOf(value: unknown, max: number): readonly string[] | undefined {
  const list: unknown = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list) || list.length > max) return undefined;
  return list.every((one): one is string => isText(one)) ? list : undefined;
}

function recordOf<T>(value: unknown, max: number, parse: (value: unknown) => T | undefined) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value).map(([name, one]) => [name, parse(one)] as const);
  if (entries.length > max || entries.some(([name, one]) => !isText(name) || one === undefined))
    return undefined;
  return Object.fromEntries(entries) as Readonly<Record<string, T>>;
}

/** Parameters of an authorization request that are the client's own to say (RFC 6749, RFC 7636, OpenID Connect Core). */
const CLIENTS_OWN = new Set([
  ...['client_id', 'client_secret', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state'],
  ...['nonce', 'code', 'code_challenge', 'code_challenge_method', 'code_verifier', 'grant_type'],
  ...['device_code', 'refresh_token', 'request', 'request_uri'],
]);

/** An issuer is compared to the character, so it is kept as it is written. */
export const issuerUrl = field('a URL (http or https) without query and fragment', (value) =>
  typeof value === 'string' && url().parse(value) !== undefined && !/[?#]/.test(value) ? value : undefined,
);
export const keySetUrl = field('a URL (http or https) without credentials', (value) =>
  typeof value === 'string' ? url().parse(value) : undefined,
);
export const shortName = field('1 to 40 small letters, digits or hyphens', (value) =>
  typeof value === 'string' && /^[a-z0-9][a-z0-9-]{0,39}$/.test(value) ? value : undefined,
);
export const shownName = field(
  `one line of text, at most ${MAX_NAME_CHARACTERS} characters`,
  (value): string | undefined => (isText(value, MAX_NAME_CHARACTERS) ? value : undefined),
);
export const text = field('one line of text', (value): string | undefined =>
  isText(value) ? value : undefined,
);
export const audiences = field(`an audience, or a list of 1 to ${MAX_AUDIENCES}`, (value) => {
  const list = listOf(value, MAX_AUDIENCES);
  return list?.length === 0 ? undefined : list;
});
export const scopes = field(`a list of at most ${MAX_ISSUER_SCOPES} scopes without spaces`, (value) => {
  const list = Array.isArray(value) ? listOf(value, MAX_ISSUER_SCOPES) : undefined;
  return list?.every((scope) => !scope.includes(' ')) === true ? list : undefined;
});
export const claims = field('a list of at most 10 paths of claims', (value) => {
  const list = listOf(value, Infinity);
  if (list === undefined || list.some((path) => path.includes(','))) return undefined;
  return list.length === 0 ? list : claimPaths().parse(list.join(','));
});
export const algorithms = field(`a list of ${ISSUER_ALGORITHMS.join(', ')}`, (value) => {
  const list = listOf(value, ISSUER_ALGORITHMS.length);
  const known = list?.filter((one): one is IssuerAlgorithm =>
    (ISSUER_ALGORITHMS as readonly string[]).includes(one),
  );
  return known !== undefined && known.length > 0 && known.length === list?.length ? known : undefined;
});
export const roleMap = field(
  `an object of at most ${MAX_MAPPED_ROLES} names of roles or groups, each with a role or a list of roles of ours`,
  (value) => recordOf(value, MAX_MAPPED_ROLES, (roles) => listOf(roles, MAX_AUDIENCES)),
);
export const claim = field('the path of one claim', (value) =>
  isText(value) && !value.includes(',') ? claimPaths().parse(value)?.[0] : undefined,
);
export const tenant = field(TENANT_FORM, (value) => (isTenantId(value) ? value : undefined));
export const tenantMap = field(
  `an object of at most ${MAX_MAPPED_TENANTS} names of tenants there, each with one of ours (${TENANT_FORM})`,
  (value) => recordOf(value, MAX_MAPPED_TENANTS, (one) => (isTenantId(one) ? one : undefined)),
);
export const parameters = field(
  `an object of at most ${MAX_PARAMETERS} texts, none of which the client says itself`,
  (value) => {
    const found = recordOf(value, MAX_PARAMETERS, (one) => (isText(one) ? one : undefined));
    return found && Object.keys(found).some((name) => CLIENTS_OWN.has(name)) ? undefined : found;
  },
);

/** Which of the known names was probably meant. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  // Whoever writes that much did not slip, and the distance takes the product of both lengths.
  if (name.length > MAX_NAME_CHARACTERS) return undefined;
  const plain = name.toLowerCase().replace(/[-_]/g, '');
  return known
    .map((one) => ({ one, distance: editDistance(plain, one.toLowerCase()) }))
    .filter(({ distance }) => distance <= SLIPS)
    .sort((a, b) => a.distance - b.distance)[0]?.one;
}
