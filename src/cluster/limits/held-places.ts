import type { PlaceSet } from './place-set.js';

/** Places that could not be given back while Redis was away, the latest; the others come back when their lease is over. */
const MAX_UNRETURNED_PLACES = 10_000;
/** Written by one script. */
const PLACES_PER_BATCH = 100;

interface Entry {
  readonly set: PlaceSet;
  readonly member: string;
}

/** What this instance has of shared places, and what Redis has to be told of them. */
export class HeldPlaces {
  private readonly held = new Map<string, Entry>();
  private readonly unreturned = new Map<string, Entry>();

  hold(set: PlaceSet, member: string): void {
    this.held.set(member, { set, member });
  }

  /** @returns whether it was held */
  drop(member: string): boolean {
    return this.held.delete(member);
  }

  /** Redis could not be told that it was given back. */
  noteUnreturned(set: PlaceSet, member: string): void {
    this.unreturned.set(member, { set, member });
    if (this.unreturned.size <= MAX_UNRETURNED_PLACES) return;
    const [oldest] = this.unreturned.keys();
    if (oldest !== undefined) this.unreturned.delete(oldest);
  }

  noteReturned(members: readonly string[]): void {
    for (const member of members) this.unreturned.delete(member);
  }

  /** Members of sets that lie together. What has been given back since is to be left out when a batch is written. */
  batches(): readonly (readonly Entry[])[] {
    const byTag = new Map<number, Entry[]>();
    for (const entries of [this.held, this.unreturned]) {
      for (const entry of entries.values()) {
        const together = byTag.get(entry.set.tag);
        if (together === undefined) byTag.set(entry.set.tag, [entry]);
        else together.push(entry);
      }
    }
    return [...byTag.values()].flatMap((entries) => inBatches(entries));
  }

  isHeld({ member }: Entry): boolean {
    return this.held.has(member);
  }

  isUnreturned({ member }: Entry): boolean {
    return this.unreturned.has(member);
  }
}

function inBatches(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const count = Math.ceil(entries.length / PLACES_PER_BATCH);
  return Array.from({ length: count }, (_, i) =>
    entries.slice(i * PLACES_PER_BATCH, (i + 1) * PLACES_PER_BATCH),
  );
}
