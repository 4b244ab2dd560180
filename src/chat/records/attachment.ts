/** A file of a message, as its message names it. */
export interface AttachmentRef {
  readonly id: string;
  readonly name: string;
  /** MIME type. */
  readonly type: string;
  readonly bytes: number;
}

/** A file that somebody has sent. */
export interface Attachment extends AttachmentRef {
  readonly tenantId: string;
  readonly userId: string;
  /** base64url of the SHA-256 of its bytes. */
  readonly hash: string;
  /** Empty until a question has taken it. */
  readonly sessionId: string;
  /** The question that has taken it. */
  readonly messageId?: string;
  readonly createdAt: Date;
  /** When it goes, unless a question that has taken it is stored by then. Absent: it stays with its session. */
  readonly expiresAt?: Date;
}

/** What all of these take. */
export function bytesOf(attachments: readonly AttachmentRef[] = []): number {
  return attachments.reduce((sum, { bytes }) => sum + bytes, 0);
}
