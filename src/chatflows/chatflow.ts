import type { ProviderName, UpstreamTarget } from '../contract/provider.js';
import type { Chunking } from '../contract/chunking.js';

/** Ten years. */
export const MAX_RETENTION_DAYS = 3650;

/** Who may use a chatflow: everybody, or the named users, or whoever has one of the roles. Admins always may. */
export interface ChatflowAccessRule {
  readonly public?: boolean;
  readonly users?: readonly string[];
  readonly roles?: readonly string[];
}

/** What happens to a turn that nobody watches any more. */
export type OnDisconnect = 'continue' | 'stop' | { readonly stopAfterSeconds: number };

/** The reasons to finish that a price may depend on. */
export const PRICED_FINISH_REASONS = ['length', 'content-filter'] as const;

/** Whether an answer that was cut, or of which a filter let only a part pass, is charged; absent: it is. */
export type ChargeRules = Readonly<Partial<Record<(typeof PRICED_FINISH_REASONS)[number], boolean>>>;

/** What a client may be allowed to decide about a model's answer. `max_tokens` is its length under each of its names. */
export const CLIENT_OPTIONS = [
  'tools',
  'tool_choice',
  'response_format',
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'reasoning_effort',
  'max_tokens',
  'stop',
  'seed',
  'system',
] as const;
export type ClientOption = (typeof CLIENT_OPTIONS)[number];

/** Which files users may send along, as far as the upstream takes files at all. */
export interface UploadRule {
  /** MIME types, whole (`application/pdf`) or as a family (`image/*`); absent: all; empty: no files. */
  readonly types?: readonly string[];
  /** Whether their addresses may lead into private networks, of which the upstream's may be one. */
  readonly privateAddresses?: boolean;
}

/** How many turns of a chatflow run at once, and how others wait. */
export interface ChatflowConcurrency {
  readonly turns: number;
  /** Turns that may wait for a place; absent: none. */
  readonly queue?: number;
  /** How long one waits at most; absent: 30. */
  readonly waitSeconds?: number;
}

/** Who names a chatflow's sessions. */
export interface ChatflowTitle {
  /** Whose upstream is asked for a title. */
  readonly chatflow: string;
  /** Absent: for one of at most six words. */
  readonly prompt?: string;
}

/** One thing that users can ask: its upstream, price and access. */
export interface Chatflow {
  readonly id: string;
  readonly name: string;
  readonly provider: ProviderName;
  readonly upstream: UpstreamTarget;
  /** Whole credits for one turn, at least 1. */
  readonly price: { readonly credits: number };
  /** Counts up with every change; copied onto a turn with the price. */
  readonly version: number;
  readonly access: ChatflowAccessRule;
  /** Nobody may ask it for now, whatever `access` says: not admins, not as a fallback and not for titles. Absent: it can be asked. */
  readonly disabled?: boolean;
  readonly onDisconnect: OnDisconnect;
  /** Whether a turn that the user stopped after content is charged. */
  readonly chargeOnStop: boolean;
  /** What is paid for an answer that is not whole; absent: the same as for one that is. */
  readonly chargeOn?: ChargeRules;
  /** Chatflow whose upstream answers when this one's cannot, before any content. */
  readonly fallback?: string;
  /** How answers that arrive whole are shown; absent: whole. */
  readonly chunking?: Chunking;
  /** How long a turn stays open for a human's answer to an agent's question; absent: it ends with the question. */
  readonly inputWaitSeconds?: number;
  /** Members of Flowise's `overrideConfig` that users may set besides `vars`; absent: none. */
  readonly overrides?: readonly string[];
  readonly uploads?: UploadRule;
  /** What clients may decide about a model's answer; absent: nothing. Providers other than `openai` take none of it. */
  readonly clientOptions?: readonly ClientOption[];
  /** Absent: as many as the instance runs. */
  readonly concurrency?: ChatflowConcurrency;
  /** Absent: sessions are called by the first words of their first question. */
  readonly title?: ChatflowTitle;
  /** Days behind its last turn for which a session that asked this chatflow is kept; absent: until its user deletes it. */
  readonly retentionDays?: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
