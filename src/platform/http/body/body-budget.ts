import { errors } from '../../errors/errors.js';

const MEBIBYTE = 1024 * 1024;
/** What the bodies that are arriving may take in all. With the text and the tree made of one at a time it stays far from a common heap. */
export const MAX_BODY_BYTES_IN_FLIGHT = 256 * MEBIBYTE;
/** Six of the largest bodies at once; an office behind one address sends bodies of kilobytes. */
export const MAX_BODY_BYTES_IN_FLIGHT_PER_ADDRESS = 64 * MEBIBYTE;

/** What one body has taken of the budget. */
export interface BodyShare {
  /** Takes `bytes` more. @throws AppError `rate_limited` (of the address), `overloaded` (of the process); then nothing was taken */
  take(bytes: number): void;
  /** Gives everything back. May be called more than once. */
  release(): void;
}

/**
 * Bounds the bytes of bodies that are held while they arrive. It counts what has arrived, not what was announced: whoever announces much and sends
 * little takes nothing from others.
 */
export class BodyBudget {
  private total = 0;
  /** Only of addresses that hold something. */
  private readonly ofAddresses = new Map<string, number>();

  constructor(
    private readonly maxBytes = MAX_BODY_BYTES_IN_FLIGHT,
    private readonly maxBytesPerAddress = MAX_BODY_BYTES_IN_FLIGHT_PER_ADDRESS,
  ) {}

  /** Bytes held now. */
  get bytesInFlight(): number {
    return this.total;
  }

  open(address: string): BodyShare {
    let held = 0;
    return {
      take: (bytes) => {
        const ofAddress = (this.ofAddresses.get(address) ?? 0) + bytes;
        if (ofAddress > this.maxBytesPerAddress) throw errors.tooManyBodiesOfAddress();
        if (this.total + bytes > this.maxBytes) throw errors.tooManyBodies();
        this.total += bytes;
        this.ofAddresses.set(address, ofAddress);
        held += bytes;
      },
      release: () => {
        this.total -= held;
        const left = (this.ofAddresses.get(address) ?? 0) - held;
        if (left > 0) this.ofAddresses.set(address, left);
        else this.ofAddresses.delete(address);
        held = 0;
      },
    };
  }
}
