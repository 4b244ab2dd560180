import type { Source } from '../../../contract/chat-event.js';

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

/**
 * All contexts of an answer so far, each once. A reference that the answer's author has given stays: the text cites it. Others are counted from 1.
 * @param sources in the order in which they came; an upstream may send the same again
 */
export function toStormContexts(sources: readonly Source[]): StormContext[] {
  const unique = new Map(sources.map((source) => [JSON.stringify(source), source]));
  return [...unique.values()].map(({ id, title, url, text, metadata = {} }, index) => {
    const { referenceIdx: cited } = metadata;
    const referenceIdx = typeof cited === 'number' ? cited : index + 1;
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
