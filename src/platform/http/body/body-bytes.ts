import { errors } from '../../errors/errors.js';

const FIRST_BYTES = 16 * 1024;

/**
 * Collects pieces in one buffer that doubles, so that a body in pieces of one byte takes no more memory than one in large pieces (each piece is an
 * object, and keeps the block that it was cut from).
 */
export class BodyBytes {
  private buffer = Buffer.alloc(0);
  private length = 0;

  constructor(private readonly maxBytes: number) {}

  /** @throws AppError `payload_too_large` */
  add(piece: Buffer): void {
    const length = this.length + piece.length;
    if (length > this.maxBytes) throw errors.payloadTooLarge(this.maxBytes);
    if (length > this.buffer.length) this.grow(length);
    piece.copy(this.buffer, this.length);
    this.length = length;
  }

  whole(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private grow(needed: number): void {
    const size = Math.min(
      Math.max(needed, this.buffer.length * 2, FIRST_BYTES),
      Math.max(needed, this.maxBytes),
    );
    const grown = Buffer.allocUnsafeSlow(size);
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}
