import { API_KEY_MARK } from '../credentials.js';
import type { Scope } from '../../contract/principal.js';
import { newSecret } from '../secret-hash.js';

/** How much of a key is kept readable, so that its owner recognises it. */
const PREFIX_CHARACTERS = 10;
const KEY_FORMAT = new RegExp(`^${API_KEY_MARK}[\\w-]{43}$`);

/** A long-lived credential for programs. The key itself is known only to whoever made it. */
export interface ApiKey {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** The key's first characters. */
  readonly prefix: string;
  /** SHA-256 of the key; unique. */
  readonly keyHash: string;
  /** What it was before it was rotated, and until when that is good as well. */
  readonly previous?: PreviousSecret;
  /**
   * Who the owner was when the key was made, for keys whose owner signs in elsewhere (external issuer). Never holds `admin`: the issuer
   * could not take it back.
   */
  readonly owner?: { readonly email?: string; readonly roles: readonly string[] };
  /** Absent in keys from before there were scopes: they may do whatever their owner may. */
  readonly scopes?: readonly Scope[];
  /** Absent: for all chatflows that its owner may use. */
  readonly chatflowIds?: readonly string[];
  /** Absent: as many as its owner likes. */
  readonly requestsPerMinute?: number;
  /** Whether it has a cap of credits; `KeyCaps` knows which. */
  readonly hasCreditCap?: boolean;
  readonly createdAt: Date;
  /** Absent: the key is good until it is revoked. */
  readonly expiresAt?: Date;
  /** To the minute. */
  readonly lastUsedAt?: Date;
}

/** The secret that a key had before. */
export interface PreviousSecret {
  readonly keyHash: string;
  readonly until: Date;
}

/** What takes the place of a key's secret. */
export type RotatedSecret = Pick<ApiKey, 'keyHash' | 'prefix' | 'previous'>;

/** What its owner decides about a new key. */
export interface ApiKeySettings
  extends
    Pick<ApiKey, 'name' | 'expiresAt' | 'chatflowIds' | 'requestsPerMinute'>,
    Required<Pick<ApiKey, 'scopes'>> {
  /** What the key may spend, in whole credits. */
  readonly creditCap?: number;
}

/** What is changed of a key; what is absent stays. A limit can be changed and not taken off. */
export type ApiKeyChange = Partial<
  Pick<ApiKey, 'name' | 'chatflowIds' | 'requestsPerMinute' | 'hasCreditCap'>
>;

/** @returns a new key and the part of it that may be shown again */
export function newApiKey(): { readonly key: string; readonly prefix: string } {
  const key = `${API_KEY_MARK}${newSecret()}`;
  return { key, prefix: key.slice(0, PREFIX_CHARACTERS) };
}

/** Whether it could be a key at all; saves the look-up of what can't. */
export function looksLikeApiKey(text: string): boolean {
  return KEY_FORMAT.test(text);
}
