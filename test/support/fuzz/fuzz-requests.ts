import type { Random } from '../../faults/random.js';
import type { NamedOperation, Schema } from '../openapi/served-document.js';
import type { FuzzWorld } from './fuzz-world.js';
import { mutate } from './mutate.js';
import { nastyString, nastyValue, oneOf, toText } from './nasty-values.js';
import { Sampler } from './sample.js';
import type { WireRequest } from './wire.js';

/** A request, and in words what is odd about it. */
export interface FuzzRequest extends WireRequest {
  readonly about: string;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const JSON_TYPE = 'application/json';
const TYPES = [
  'text/plain',
  'application/xml',
  'application/json; charset=latin1',
  'application/json;',
  'application/ld+json',
];
const MORE_TYPES = [
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  '',
  'APPLICATION/JSON',
  'json',
];
const SPOILT = [
  '',
  '{',
  '[]',
  'null',
  '"x"',
  '1',
  '{}',
  '[[[',
  '{"a":1}{"b":2}',
  '\ufeff{}',
  "{'a':1}",
  '{"a":NaN}',
  '\0',
];
const ODD_IN_PATHS = [
  '%',
  '%zz',
  '%00',
  '%2F',
  '%2e%2e',
  '..',
  ';a=b',
  '%c3%28',
  '%ed%a0%80',
  '?',
  '#',
  '/',
  '%0d%0a',
  '\u00ff',
];
const ODD_QUERIES = [
  '',
  '&',
  '=',
  '%',
  'a=1&a=2',
  '__proto__=1',
  '__proto__[x]=1',
  'a[b][c]=1',
  'limit[$gt]=1',
  'limit=1&limit=2',
];
const ODD_HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['Accept', ['text/event-stream', 'application/xml', '*/*;q=0', 'x', '']],
  ['Accept-Encoding', ['br', 'gzip;q=0', 'identity;q=0, *;q=0', 'x'.repeat(200)]],
  ['Content-Encoding', ['gzip', 'br', 'deflate', 'zstd', 'x', 'gzip, gzip']],
  ['Last-Event-ID', ['-1', '1e9', 'NaN', '0', '99999999999999999999', '1.5', '']],
  ['X-Request-Id', ['a\tb', 'x'.repeat(1000), '\u00ff']],
  ['X-Forwarded-For', ['::1', 'x', '1.2.3.4, 5.6.7.8']],
  ['X-HTTP-Method-Override', ['DELETE']],
  ['Range', ['bytes=0-1', 'x']],
  ['If-None-Match', ['*']],
  ['Origin', ['null', 'https://evil.example']],
  ['Expect', ['100-continue']],
  ['X-Stainless-Retry-Count', ['1', '-1', 'NaN']],
  ['traceparent', ['00-0-0-0']],
];
const CREDENTIALS_AT_FAULT = 0.15;

/** Makes requests of an operation, right but for what is meant to be wrong. */
export class FuzzRequests {
  private readonly sampler: Sampler;

  constructor(private readonly world: FuzzWorld) {
    this.sampler = new Sampler(world.document);
  }

  make(random: Random, operation: NamedOperation): FuzzRequest {
    const about: string[] = [];
    const oddity = random.below(4);
    const path = this.path(random, operation, oddity === 0, about);
    const query = this.query(random, operation, about);
    const headers: Record<string, string> = { ...this.credentials(random, operation, about) };
    this.headers(random, operation, headers, about);
    const body = this.body(random, operation, headers, oddity > 0, about);
    let { method } = operation;
    if (random.chance(0.03)) about.push((method = oneOf(random, METHODS)));
    return {
      method,
      path: path + query,
      headers,
      ...(body === undefined ? {} : { body }),
      about: about.join('; '),
    };
  }

  private path(random: Random, operation: NamedOperation, isOdd: boolean, about: string[]): string {
    return operation.path.replace(/\{(\w+)\}/g, (_all, name: string) => {
      const known = this.world.known(random, name, operation.path, operation.method);
      const own = encodeURIComponent(known ?? 'x');
      if (!isOdd && random.chance(0.85)) return own;
      const kind = random.below(3);
      const odd = kind === 0 ? oneOf(random, ODD_IN_PATHS) : nastyString(random);
      const made =
        kind === 1 ? encoded(odd.slice(0, 3000)) : kind === 2 ? own + oneOf(random, ODD_IN_PATHS) : odd;
      about.push(`{${name}} = ${made.slice(0, 40)}`);
      return made;
    });
  }

  private query(random: Random, { operation, method, path }: NamedOperation, about: string[]): string {
    const parts: string[] = [];
    for (const { in: where, name, schema = {} } of operation.parameters ?? []) {
      if (where !== 'query' || random.chance(0.5)) continue;
      const known = this.world.known(random, name, path, method);
      const value = random.chance(0.5)
        ? (known ?? this.sampler.sample(random, schema, 1))
        : this.odd(random, schema);
      const times = random.chance(0.1) ? 2 : 1;
      for (let time = 0; time < times; time += 1)
        parts.push(`${name}=${encoded(asText(value).slice(0, 3000))}`);
    }
    if (random.chance(0.05)) parts.push(oneOf(random, ODD_QUERIES));
    if (parts.length > 0) about.push(`?${parts.join('&').slice(0, 60)}`);
    return parts.length === 0 ? '' : `?${parts.join('&')}`;
  }

  private odd(random: Random, schema: Schema): unknown {
    const holder: Record<string, unknown> = { value: this.sampler.sample(random, schema, 1) };
    mutate(random, this.sampler, { type: 'object', properties: { value: schema } }, holder);
    return holder.value ?? nastyString(random);
  }

  private credentials(
    random: Random,
    { operation }: NamedOperation,
    about: string[],
  ): Readonly<Record<string, string>> {
    const isAdmins = operation.summary?.includes('(admin)') ?? false;
    const usual = isAdmins ? 'admin' : oneOf(random, ['user', 'user', 'key']);
    const name = random.chance(CREDENTIALS_AT_FAULT)
      ? oneOf(random, [...this.world.credentials.keys()])
      : usual;
    if (name !== usual) about.push(`as ${name}`);
    return this.world.credentials.get(name) ?? {};
  }

  private headers(
    random: Random,
    { operation, path, method }: NamedOperation,
    headers: Record<string, string>,
    about: string[],
  ): void {
    for (const { in: where, name, required, schema = {} } of operation.parameters ?? []) {
      if (where !== 'header' || !(required === true ? random.chance(0.95) : random.chance(0.3))) continue;
      const known = this.world.known(random, name, path, method) ?? `k${random.below(1_000_000)}`;
      const value = random.chance(0.7) ? known : asText(this.odd(random, schema)).slice(0, 3000);
      headers[name] = value;
      about.push(`${name}: ${value.slice(0, 40)}`);
    }
    if (!random.chance(0.1)) return;
    const [name, values] = oneOf(random, ODD_HEADERS);
    headers[name] = oneOf(random, values);
    about.push(`${name}: ${headers[name].slice(0, 40)}`);
  }

  private body(
    random: Random,
    named: NamedOperation,
    headers: Record<string, string>,
    isOdd: boolean,
    about: string[],
  ): string | undefined {
    const content = named.operation.requestBody?.content ?? {};
    const [raw] = Object.entries(content);
    if (raw !== undefined && content[JSON_TYPE] === undefined && random.chance(0.9)) {
      const [type, { examples: bodies = {} }] = raw;
      headers['content-type'] = type;
      return String(Object.values(bodies)[0]?.value);
    }
    const media = content[JSON_TYPE];
    if (media?.schema === undefined && !random.chance(0.05)) return undefined;
    headers['content-type'] = random.chance(0.03) ? oneOf(random, [...TYPES, ...MORE_TYPES]) : JSON_TYPE;
    if (headers['content-type'] !== JSON_TYPE) about.push(`of type ${headers['content-type']}`);
    if (random.chance(0.04)) {
      const spoilt = oneOf(random, SPOILT);
      about.push(`body ${spoilt}`);
      return spoilt;
    }
    const examples = Object.values(media?.examples ?? {}).map(({ value }) => value);
    const isExample = examples.length > 0 && random.chance(0.5);
    const value = isExample
      ? structuredClone(oneOf(random, examples))
      : this.sampler.sample(random, media?.schema ?? {}, random.next());
    this.fill(random, named, value);
    if (isOdd && typeof value === 'object' && value !== null) {
      const times = random.chance(0.7) ? 1 : 3;
      for (let time = 0; time < times; time += 1)
        about.push(mutate(random, this.sampler, media?.schema ?? {}, value as Record<string, unknown>));
    }
    const text = toText(random.chance(0.02) ? nastyValue(random) : value) ?? '';
    if (!random.chance(0.02)) return text;
    about.push('cut');
    return text.slice(0, random.below(text.length + 1));
  }

  /** Puts what there is in the place of what examples name. */
  private fill(random: Random, { path, method }: NamedOperation, value: unknown): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const body = value as Record<string, unknown>;
    for (const name of Object.keys(body)) {
      const known = random.chance(0.6)
        ? this.world.known(random, name === 'id' ? 'sessionId' : name, path, method)
        : undefined;
      if (known !== undefined) body[name] = known;
    }
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (toText(value) ?? '');
}

/** Percent-encoded, halves of characters too. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
