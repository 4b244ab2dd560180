import type { PlannedWrite } from '../../platform/planned-write.js';

/** A write of a command was refused; its `code` is the server's. */
export class RefusedWrite extends Error {
  override readonly name = 'RefusedWrite';

  constructor(readonly code: number) {
    super(`The database refused a write with ${code}`);
  }
}

export type OrderedResult =
  | { readonly kind: 'done'; readonly matched: number; readonly upserted: number }
  /** The write at `index` was refused; those before it were made, those behind it were not. */
  | { readonly kind: 'refused'; readonly index: number; readonly code: number }
  /** This server can't; nothing was written. */
  | { readonly kind: 'unsupported' };

/** Makes writes to several collections as one command. */
export abstract class OrderedWriter {
  /**
   * Makes the writes in order, up to the first that is refused. Not a transaction: a crash of the server can leave any prefix of them, as it
   * could when they were made one by one.
   * @param patient whether it is waited for longer than a request may wait
   * @throws Error when the outcome is not known
   */
  abstract write(writes: readonly PlannedWrite[], patient?: boolean): Promise<OrderedResult>;
}
