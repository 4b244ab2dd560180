import type { SessionKey } from './conversation.store.port.js';
import type { Attachment } from './attachment.js';

/** Bytes of one piece: as GridFS cuts files. */
export const CHUNK_BYTES = 255 * 1024;

/** Whose attachment it is: every look-up names both. */
export type AttachmentKey = Pick<Attachment, 'id' | 'userId'>;
/** The same with the tenant that its pieces are written for. */
export type OwnedAttachmentKey = Pick<Attachment, 'id' | 'userId' | 'tenantId'>;

/** What is known of a file once it is whole. */
export type WholeFile = Pick<Attachment, 'type' | 'bytes' | 'hash' | 'expiresAt'>;

/** A file at hand. */
export interface FileAtHand {
  readonly attachment: Attachment;
  readonly data: Buffer;
}

/** Takes attachments for a question. */
export interface AttachmentClaim extends SessionKey {
  readonly ids: readonly string[];
  /** The question's. */
  readonly messageId: string;
  readonly expiresAt: Date;
}

/**
 * Files that users have sent, in pieces. One that is not whole is seen by nobody; whatever breaks off leaves a record with an end, by which the
 * upkeep finds it with its pieces.
 */
export abstract class AttachmentStore {
  /** Makes room for a file whose bytes are still to come. It has to have an end. */
  abstract begin(attachment: Attachment): Promise<void>;
  /** The `index`th piece. */
  abstract write(key: OwnedAttachmentKey, index: number, data: Buffer): Promise<void>;
  /** From now on it is there. @returns false when it was removed meanwhile */
  abstract finish(key: AttachmentKey, whole: WholeFile): Promise<boolean>;
  /** Stores whole files. */
  abstract put(files: readonly FileAtHand[]): Promise<void>;

  /** Those that are whole. */
  abstract find(userId: string, ids: readonly string[]): Promise<readonly Attachment[]>;
  /** Those of a session that are whole, by their ids; of `''` those that no question has taken. @param after an id: only those behind it */
  abstract list(session: SessionKey, limit: number, after?: string): Promise<readonly Attachment[]>;
  /** Its bytes from `start` to before `end`, piece by piece; each is read when it is asked for. @throws Error when pieces are missing */
  abstract read(key: AttachmentKey, start: number, end: number): AsyncIterable<Buffer>;
  /** Those that no question has taken, with those that are still being written. @param limit no more are looked at */
  abstract waiting(
    userId: string,
    limit: number,
  ): Promise<{ readonly count: number; readonly bytes: number }>;

  /** @returns whether all were free; else none is taken */
  abstract claim(claim: AttachmentClaim): Promise<boolean>;
  /** Gives back what a question took that was refused. */
  abstract unclaim(claim: AttachmentClaim): Promise<void>;
  /** @returns whether it was there, and free */
  abstract removeFree(key: AttachmentKey): Promise<boolean>;
  abstract remove(keys: readonly AttachmentKey[]): Promise<void>;
  /** Removes all of a session's. @param olderThan the id of no message: those of questions with greater ids are not touched @returns how many */
  abstract removeSession(session: SessionKey, olderThan: string): Promise<number>;
  /** Removes all of a user's, also what is still being written. @returns how many */
  abstract removeAllOf(userId: string): Promise<number>;

  /** Those whose end has come, also such as are not whole. */
  abstract expired(now: Date, limit: number): Promise<readonly Attachment[]>;
  /** Whether the question that has taken it is stored, as a message or as a turn. */
  abstract isAsked(attachment: Attachment): Promise<boolean>;
  /** It stays with its session. */
  abstract keep(key: AttachmentKey): Promise<void>;
}
