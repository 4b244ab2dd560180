import { ISSUER_ALGORITHMS, type IssuerConfig } from './issuer-config.js';
import * as fields from './issuer-fields.js';
import type { Field } from './issuer-fields.js';

/** Sign-in offers each of them as a button. */
export const MAX_ISSUERS = 20;
export const DEFAULT_ROLES_CLAIMS: readonly string[] = ['roles', 'realm_access.roles'];
/** What a page needs to know who signed in and to stay signed in. */
export const DEFAULT_SCOPES: readonly string[] = ['openid', 'profile', 'email'];

const REQUIRED = {
  id: fields.shortName,
  name: fields.shownName,
  issuer: fields.issuerUrl,
  audience: fields.audiences,
} as const;

const OPTIONAL = {
  audienceClaim: fields.text,
  jwksUri: fields.keySetUrl,
  clientId: fields.text,
  deviceClientId: fields.text,
  scopes: fields.scopes,
  parameters: fields.parameters,
  algorithms: fields.algorithms,
  rolesClaims: fields.claims,
  groupsClaims: fields.claims,
  roleMap: fields.roleMap,
  tenantClaim: fields.claim,
  tenantMap: fields.tenantMap,
  defaultTenant: fields.tenant,
} as const;

const FIELDS: Readonly<Record<string, Field<unknown>>> = { ...REQUIRED, ...OPTIONAL };

/** What a field is nothing without. */
const NEEDS: Readonly<Record<string, string>> = { tenantMap: 'tenantClaim', defaultTenant: 'tenantClaim' };

type Parsed<T> = { readonly [K in keyof T]: T[K] extends Field<infer V> ? V : never };

/**
 * Reads the list of issuers.
 * @param fail notes a problem, without the value that is wrong
 * @returns those that are right
 */
export function readIssuers(
  list: readonly unknown[],
  clockToleranceSeconds: number,
  fail: (problem: string) => void,
): readonly IssuerConfig[] {
  if (list.length > MAX_ISSUERS) fail(`names more than ${MAX_ISSUERS} issuers`);
  const read = list.slice(0, MAX_ISSUERS).flatMap((one, index) => {
    const values = valuesOf(one, (problem) => fail(`(issuer ${index + 1}) ${problem}`));
    return values === undefined ? [] : [issuerOf(values, clockToleranceSeconds)];
  });
  for (const name of ['id', 'issuer'] as const)
    if (new Set(read.map((issuer) => issuer[name])).size < read.length) fail(`has the same ${name} twice`);
  return read;
}

type IssuerValues = Parsed<typeof REQUIRED> & Partial<Parsed<typeof OPTIONAL>>;

function valuesOf(value: unknown, fail: (problem: string) => void): IssuerValues | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail('must be an object');
    return undefined;
  }
  const given = value as Readonly<Record<string, unknown>>;
  let isRight = true;
  const wrong = (problem: string) => {
    isRight = false;
    fail(problem);
  };
  const values: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(given)) {
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    if (field === undefined) wrong(unknownField(name));
    else if ((values[name] = field.parse(one)) === undefined) wrong(`${name} must be ${field.form}`);
  }
  for (const [name, needed] of Object.entries(NEEDS))
    if (Object.hasOwn(given, name) && !Object.hasOwn(given, needed)) wrong(`${name} needs ${needed}`);
  for (const name of Object.keys(REQUIRED)) if (!Object.hasOwn(given, name)) wrong(`${name} is required`);
  return isRight ? (values as unknown as IssuerValues) : undefined;
}

/** Names of fields are nobody's secret, but whatever is no name is not repeated. */
function unknownField(name: string): string {
  const shown = /^\w{1,40}$/.test(name) ? name : 'a field';
  const meant = fields.nearestOf(name, Object.keys(FIELDS));
  return `${shown} is not a field${meant === undefined ? '' : `: is ${meant} meant?`}`;
}

function issuerOf(values: IssuerValues, clockToleranceSeconds: number): IssuerConfig {
  return {
    audienceClaim: 'aud',
    scopes: DEFAULT_SCOPES,
    parameters: {},
    algorithms: ISSUER_ALGORITHMS,
    rolesClaims: DEFAULT_ROLES_CLAIMS,
    groupsClaims: [],
    ...values,
    clockToleranceSeconds,
  };
}
