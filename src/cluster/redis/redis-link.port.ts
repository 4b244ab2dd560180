/** Runs a script atomically. All of its keys must lie on the same node of a cluster: they share a `{tag}`. */
export type EvalScript = (
  script: string,
  options: { keys: string[]; arguments: string[] },
) => Promise<unknown>;

/** Connections to Redis, in whichever way its servers stand together. They are made anew by themselves, and subscriptions with them. */
export interface RedisLink {
  /** Connects, however long that takes. May reject, or resolve, when `destroy` is called before. */
  readonly connect: () => Promise<void>;
  /** Rejects while there is no connection. */
  readonly publish: (channel: string, message: string) => Promise<unknown>;
  /** Resolves when the server has acknowledged it: what is published from then on is heard. */
  readonly subscribe: (channel: string, listener: (message: string) => void) => Promise<unknown>;
  readonly eval: EvalScript;
  /** Whether every channel that was subscribed to is heard now, as far as the connections know. */
  readonly isHearing: () => boolean;
  /** Idempotent. */
  readonly destroy: () => void;
}

/** What whoever uses a link is told of it. */
export interface LinkEvents {
  /** A connection fails, again and again while it does. */
  readonly onError: (error: unknown) => void;
  /** A connection that hears was lost and is there again: what was said meanwhile was missed. */
  readonly onHearingAgain: () => void;
}
