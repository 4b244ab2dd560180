import type { ProviderName, UpstreamTarget } from '../upstream/chat-provider.port.js';
import type { Chunking } from '../upstream/upstream-caller.port.js';

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
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
