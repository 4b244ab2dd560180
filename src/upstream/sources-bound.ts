import { errors } from '../platform/errors/errors.js';

/** Documents that an answer may rest on, of all lists of a turn together. */
export const MAX_SOURCES_PER_TURN = 1024;

/** Counts the documents of a turn. */
export class SourcesBound {
  private count = 0;

  /** @throws AppError `upstream_failed` when there are more of them than a turn may have */
  add(documents: number): void {
    this.count += documents;
    if (this.count > MAX_SOURCES_PER_TURN) {
      throw errors.upstreamFailed('The upstream sent more sources than a turn may have.');
    }
  }
}
