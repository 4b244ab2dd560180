import type { NativeFrame, Source } from '../contract/chat-event.js';

/** The members of a LangChain document that a source holds too, and what they are called there. */
const TWINS = [
  ['pageContent', 'text'],
  ['metadata', 'metadata'],
] as const;

type Document = Readonly<Record<string, unknown>>;

const isDocument = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A frame of documents without what the event's sources hold already, which would be kept, counted and stored twice otherwise: `null` stands in the place
 * of each such member. Only the very values of the sources are left out, so nothing else comes back than was there.
 * @param sources one for each document that is an object, in their order
 */
export function leaveOutSources(frame: NativeFrame, sources: readonly Source[]): NativeFrame {
  const data = eachWithSource(frame.data, sources, (document, source) => {
    const kept: Record<string, unknown> = { ...document };
    for (const [member, twin] of TWINS)
      if (source[twin] !== undefined && document[member] === source[twin]) kept[member] = null;
    return kept;
  });
  return { ...frame, data, withoutSources: true };
}

/** The inverse of `leaveOutSources`. Frames that are whole, as all were before, are given back as they are. */
export function putBackSources(frame: NativeFrame, sources: readonly Source[]): NativeFrame {
  if (frame.withoutSources !== true) return frame;
  const data = eachWithSource(frame.data, sources, (document, source) => {
    const whole: Record<string, unknown> = { ...document };
    for (const [member, twin] of TWINS)
      if (document[member] === null && source[twin] !== undefined) whole[member] = source[twin];
    return whole;
  });
  return { event: frame.event, data };
}

function eachWithSource(
  data: unknown,
  sources: readonly Source[],
  change: (document: Document, source: Source) => Document,
): unknown {
  let next = 0;
  return (Array.isArray(data) ? (data as readonly unknown[]) : []).map((document) => {
    const source = isDocument(document) ? sources[next++] : undefined;
    return isDocument(document) && source !== undefined ? change(document, source) : document;
  });
}
