import {
  MAX_EMAIL_CHARACTERS,
  MAX_PASSWORD_CHARACTERS,
  MIN_PASSWORD_CHARACTERS,
} from '../../contract/account-bounds.js';
import { isIP } from 'node:net';
import { isEmail } from 'class-validator';
import { CHATFLOW_ID } from '../../contract/chatflow-id.js';
import type { Kind, Unit } from './setting.js';

const MAX_TEXT_CHARACTERS = 2000;
const MAX_KEY_CHARACTERS = 8192;
const MAX_ORIGINS = 100;
/** Three sentinels or nodes are enough to find the others. */
const MAX_REDIS_URLS = 16;
/** Twenty issuers with all of their roles. */
const MAX_JSON_CHARACTERS = 262_144;
const MAX_CLAIM_PATHS = 10;
const MAX_CLAIM_PATH_CHARACTERS = 255;

/** RFC 8314. */
const SMTPS_PORT = 465;
const SUBMISSION_PORT = 587;

const CONTROL = /\p{C}/u;
/** What a header's value may hold without any quoting (RFC 9110, section 5.5), less the space. */
const VISIBLE_ASCII = /^[!-~]+$/;
const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$/;
const MONGODB_URI = /^mongodb(\+srv)?:\/\/[^\s\p{C}]+$/u;

export interface Bounds {
  readonly min?: number;
  readonly max: number;
  readonly unit?: Unit;
}

/** Every number has a maximum: one that is too large does harm, too. */
export function wholeNumber({ min = 0, max, unit }: Bounds): Kind<number> {
  return {
    form: `a whole number from ${min} to ${max}`,
    range: { min, max, unit },
    parse: (text) => {
      const number = Number(text);
      return /^\d+$/.test(text) && number >= min && number <= max ? number : undefined;
    },
  };
}

export function oneOf<const T extends string>(values: readonly T[]): Kind<T> {
  return {
    form: `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => value === text),
  };
}

/** Some of the values, in their own order, or `all` of them. */
export function someOf<const T extends string>(values: readonly T[]): Kind<readonly T[]> {
  return {
    form: `a list of ${values.join(', ')}, separated by commas; or all`,
    parse: (text) => {
      const named = text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '');
      const known: readonly string[] = [...values, 'all'];
      if (named.some((name) => !known.includes(name))) return undefined;
      return named.includes('all') ? values : values.filter((value) => named.includes(value));
    },
  };
}

/** Free text on one line. */
export function line(what = 'one line of text'): Kind<string> {
  return matching(
    `${what}, at most ${MAX_TEXT_CHARACTERS} characters`,
    (text) => text.length <= MAX_TEXT_CHARACTERS && !CONTROL.test(text),
  );
}

/** What goes into a header as it is. */
export function headerKey(): Kind<string> {
  return matching(
    `visible ASCII characters without spaces, at most ${MAX_KEY_CHARACTERS}`,
    (text) => text.length <= MAX_KEY_CHARACTERS && VISIBLE_ASCII.test(text),
  );
}

/** What signatures are made with. */
export function signingSecret(minCharacters: number): Kind<string> {
  return matching(
    `${minCharacters} to ${MAX_KEY_CHARACTERS} characters on one line`,
    (text) => text.length >= minCharacters && text.length <= MAX_KEY_CHARACTERS && !CONTROL.test(text),
  );
}

/** As for whoever registers, and no more than the log-in takes. */
export function password(): Kind<string> {
  return matching(
    `${MIN_PASSWORD_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters on one line`,
    (text) =>
      text.length >= MIN_PASSWORD_CHARACTERS && text.length <= MAX_PASSWORD_CHARACTERS && !CONTROL.test(text),
  );
}

/** Also without a top-level domain (`admin@localhost`), as logging in allows it. */
export function email(): Kind<string> {
  return matching(
    'an e-mail address',
    (text) => text.length <= MAX_EMAIL_CHARACTERS && isEmail(text, { require_tld: false }),
  );
}

export function chatflowId(): Kind<string> {
  return matching('a chatflow id (1 to 128 letters, digits, or any of _ . : -)', (text) =>
    CHATFLOW_ID.test(text),
  );
}

/** Where to listen. */
export function listenAddress(): Kind<string> {
  return matching(
    'an IP address or a host name, without scheme and port',
    (text) => isIP(text) !== 0 || HOST_NAME.test(text),
  );
}

/** The address of one document. */
export function url(): Kind<string> {
  return matching('a URL (http or https) without credentials', (text) => httpUrl(text) !== undefined);
}

/** What paths are put behind: query, fragment and credentials would be lost there. */
export function baseUrl(): Kind<string> {
  return {
    form: 'a URL (http or https) without credentials, query and fragment',
    parse: (text) => {
      if (httpUrl(text) === undefined || /[?#]/.test(text)) return undefined;
      return text.replace(/\/+$/, '');
    },
  };
}

export function mongodbUri(): Kind<string> {
  return matching(
    'a URI that starts with mongodb:// or mongodb+srv://, or the word embedded',
    (text) => text === 'embedded' || (text.length <= MAX_KEY_CHARACTERS && MONGODB_URI.test(text)),
  );
}

/** Origins as browsers spell them. */
export function origins(): Kind<readonly string[]> {
  return {
    form: `origins (scheme://host[:port], nothing behind), separated by commas, at most ${MAX_ORIGINS}; or *`,
    parse: (text) => {
      const parts = text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '');
      const found = parts.map((part) => (part === '*' ? part : originOf(part)));
      if (found.length > MAX_ORIGINS) return undefined;
      return found.every((origin) => origin !== undefined) ? found : undefined;
    },
  };
}

/** Where tokens say something: names of claims within one another. A name may hold dots, as in `https://id.example/roles`. */
export function claimPaths(): Kind<readonly string[]> {
  return {
    form: `at most ${MAX_CLAIM_PATHS} paths of claims, separated by commas`,
    parse: (text) => {
      const paths = text.split(',').map((path) => path.trim());
      const isPath = (path: string) => path.length <= MAX_CLAIM_PATH_CHARACTERS && VISIBLE_ASCII.test(path);
      return paths.length <= MAX_CLAIM_PATHS && paths.every(isPath) ? paths : undefined;
    },
  };
}

/** What an `smtp:` or `smtps:` URL says. */
export interface SmtpUrl {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
}

/** A server that takes mail. */
export function smtpUrl(): Kind<SmtpUrl> {
  return {
    form: 'a URL that starts with smtp:// or smtps://, with a host, perhaps a port, and user and password or neither',
    parse: (text) => {
      if (text.length > MAX_TEXT_CHARACTERS || /[\s\p{C}]/u.test(text) || !/^smtps?:\/\/./.test(text))
        return undefined;
      if (!URL.canParse(text)) return undefined;
      const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
      const isComplete = (username === '') === (password === '');
      if (hostname === '' || !isComplete || /[^/]/.test(`${pathname}${search}${hash}`)) return undefined;
      const [user, secret] = [decoded(username), decoded(password)];
      if (user === undefined || secret === undefined) return undefined;
      const isTls = protocol === 'smtps:';
      const number = port === '' ? (isTls ? SMTPS_PORT : SUBMISSION_PORT) : Number(port);
      const credentials = user === '' ? undefined : { user, password: secret };
      return { host: hostname.replace(/^\[|\]$/g, ''), port: number, isTls, credentials };
    },
  };
}

/** What its elements must be is said where they are read. */
export function jsonList(): Kind<readonly unknown[]> {
  return {
    form: `a JSON list, at most ${MAX_JSON_CHARACTERS} characters`,
    parse: (text) => {
      if (text.length > MAX_JSON_CHARACTERS) return undefined;
      try {
        const list: unknown = JSON.parse(text);
        return Array.isArray(list) ? list : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

/** One or more servers of Redis, all with the same scheme. */
export function redisUrls(): Kind<readonly string[]> {
  return {
    form: `URLs that start with redis:// or rediss:// (all with the same), separated by commas, at most ${MAX_REDIS_URLS}`,
    parse: (text) => {
      const urls = text.split(',').map((part) => part.trim());
      if (text.length > MAX_KEY_CHARACTERS || urls.length > MAX_REDIS_URLS) return undefined;
      const schemes = new Set(urls.map(redisSchemeOf));
      return schemes.size === 1 && !schemes.has(undefined) ? urls : undefined;
    },
  };
}

/** A path below which everything lies; without a trailing slash, and empty for the root. */
export function pathPrefix(): Kind<string> {
  return {
    form: 'a path of letters, digits, or any of _ . ~ -, e.g. /tollgate',
    parse: (text) => {
      const path = text.replace(/\/+$/, '');
      return /^(\/(?!\.{1,2}(\/|$))[\w.~-]{1,64}){0,8}$/.test(path) ? path : undefined;
    },
  };
}

/** The beginning of keys. Braces would decide which node of a cluster they lie on. */
export function keyPrefix(): Kind<string> {
  return matching('1 to 64 letters, digits, or any of _ . : -', (text) => /^[\w.:-]{1,64}$/.test(text));
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function matching(form: string, test: (text: string) => boolean): Kind<string> {
  return { form, parse: (text) => (test(text) ? text : undefined) };
}

function httpUrl(text: string): URL | undefined {
  if (text.length > MAX_TEXT_CHARACTERS || /[\s\p{C}]/u.test(text) || !/^https?:\/\//i.test(text))
    return undefined;
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  return parsed?.username === '' && parsed.password === '' ? parsed : undefined;
}

function redisSchemeOf(text: string): string | undefined {
  if (/[\s\p{C}]/u.test(text) || !/^rediss?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, hostname, pathname } = new URL(text);
  return hostname !== '' && /^\/?\d{0,5}$/.test(pathname) ? protocol : undefined;
}

/** Apps in a web view have schemes of their own (`capacitor://localhost`), whose origin `URL` does not tell. */
function originOf(text: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s\p{C}/?#@\\*]+$/iu.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, origin, host } = new URL(text);
  if (protocol === 'file:') return undefined;
  return origin === 'null' ? `${protocol}//${host}` : origin;
}
