/** So many tags, so that the sets of one tag are renewed together also where keys are spread over the nodes of a cluster. */
const TAGS = 128;

/** The places of one user or one chatflow. */
export interface PlaceSet {
  /** Sets with the same tag lie on the same node. */
  readonly tag: number;
  readonly places: string;
  /** Counts what was begun in a window of time. */
  readonly rate: string;
  /** The instances whose turns wait for a place. */
  readonly waiting: string;
}

export function placeSet(kind: 'user' | 'chatflow', id: string): PlaceSet {
  let hash = 0;
  for (let i = 0; i < id.length; i += 1) hash = (Math.imul(hash, 31) + id.charCodeAt(i)) >>> 0;
  const tag = hash % TAGS;
  const keyOf = (what: string): string => `${what}:{${tag}}:${kind}:${id}`;
  return { tag, places: keyOf('places'), rate: keyOf('rate'), waiting: keyOf('waiting') };
}
