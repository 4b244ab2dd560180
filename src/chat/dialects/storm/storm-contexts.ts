import type { Source } from '../../events/chat-event.js';

/** A piece of a document as Storm shows it. */
export interface StormContext {
  readonly id: string;
  readonly type: 'document';
  readonly bucketName: string | null;
  readonly fileName: string;
  readonly pageName: string;
  readonly context: string;
  readonly referenceIdx: number;
}

/** @param from how many contexts the answer had before; references are counted from 1 */
export function toStormContexts(sources: readonly Source[], from = 0): StormContext[] {
  return sources.map(({ id, title, url, text, metadata = {} }, index) => {
    const referenceIdx = from + index + 1;
    return {
      id: id ?? String(referenceIdx),
      type: 'document',
      bucketName: firstText(metadata.bucketName) ?? null,
      fileName: firstText(metadata.fileName, title, metadata.source, url) ?? '',
      pageName: firstText(metadata.pageName, metadata.page) ?? '',
      context: text ?? '',
      referenceIdx,
    };
  });
}

function firstText(...values: readonly unknown[]): string | undefined {
  const found = values.find((value) => typeof value === 'string' || typeof value === 'number');
  return found === undefined ? undefined : String(found);
}
